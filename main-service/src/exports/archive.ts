import type { ServerResponse } from 'node:http'
import type { PassThrough, Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'

interface FileOptions {
  modifiedAt: Date
  /** Whether to compress the file; false for files that are compressed already. */
  deflate: boolean
  /** The size of the file, if known. The archive fails if the content has another size. */
  bytes?: number
}

/** A ZIP that is sent while it is generated. */
export interface Archive {
  /** Aborts when the client has disconnected or the archive has failed. */
  signal: AbortSignal
  /** Adds a file. Resolves when its content has been read, so that one file is read at a time. */
  add(path: string, content: Readable, options: FileOptions): Promise<void>
}

interface ArchiveOptions {
  /** The connection is closed if the client reads nothing for this long. */
  idleLimitMs: number
  fill(archive: Archive): Promise<void>
}

// The package is loaded with the first export. This line lets the start fail if the package is missing.
import.meta.resolve?.('yazl')

/**
 * Sends the ZIP that `fill` fills, no faster than the client reads it. A failure closes the connection before the
 * directory at the end of the ZIP is sent, so that a broken archive never looks complete.
 *
 * @returns `complete`, or `disconnected` if the client disconnected
 * @throws the error of `fill`, or an error if a file does not have the given size
 */
export async function sendArchive(
  response: ServerResponse,
  { idleLimitMs, fill }: ArchiveOptions,
): Promise<'complete' | 'disconnected'> {
  const { ZipFile } = await import('yazl')
  const zip = new ZipFile()
  const bytes = zip.outputStream as PassThrough
  const ending = new AbortController()
  const { signal } = ending
  let hasDisconnected = false
  const abort = (error: unknown) => {
    ending.abort(error)
    bytes.destroy(error as Error)
  }
  response.setTimeout(idleLimitMs, () => response.destroy())
  zip.once('error', abort)
  const sent = pipeline(bytes, response).catch((error: unknown) => {
    hasDisconnected = !signal.aborted
    abort(error)
    throw error
  })
  // Avoids an unhandled rejection: the promise can reject long before it is awaited.
  sent.catch(() => undefined)

  const add: Archive['add'] = async (path, content, { modifiedAt, deflate, bytes: size }) => {
    // An aborted `finished` removes its error listener. Destroying the file afterwards can emit an error.
    content.on('error', () => undefined)
    try {
      signal.throwIfAborted()
      zip.addReadStream(content, path, {
        mtime: modifiedAt,
        compress: deflate,
        ...(size === undefined ? {} : { size }),
      })
      await finished(content, { signal })
    } finally {
      content.destroy()
    }
  }

  try {
    await fill({ signal, add })
    zip.end()
    await sent
    return 'complete'
  } catch (error) {
    abort(error)
    await sent.catch(() => undefined)
    if (hasDisconnected) return 'disconnected'
    throw signal.reason
  }
}
