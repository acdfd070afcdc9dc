import type { ServerResponse } from 'node:http'
import type { PassThrough, Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'

interface FileOptions {
  modifiedAt: Date
  /** Whether to compress the file; false for files that are compressed already. */
  deflate: boolean
  /** The size of the file, if known. The archive fails when the content has another size. */
  bytes?: number
}

/** A ZIP that is sent while it is built. */
export interface Archive {
  /** Aborts when the client has disconnected or the archive has failed. */
  signal: AbortSignal
  /** Adds a file. Resolves when its content has been read, so that one file is read at a time. */
  add(path: string, content: Readable, options: FileOptions): Promise<void>
}

interface ArchiveOptions {
  /** The connection closes when the client reads nothing for this long. */
  idleLimitMs: number
  fill(archive: Archive): Promise<void>
}

// It is loaded with the first export. A missing package must fail at the start.
import.meta.resolve?.('yazl')

/**
 * Sends a ZIP, which `fill` fills, no faster than the client reads it. A failure closes the connection. The client then
 * lacks the directory at the end of the ZIP, so that a broken archive never looks complete.
 *
 * @returns `whole`, or `left` when the client disconnected
 * @throws the error of `fill`, and an error when a file does not have the size that was given
 */
export async function sendArchive(
  response: ServerResponse,
  { idleLimitMs, fill }: ArchiveOptions,
): Promise<'whole' | 'left'> {
  const { ZipFile } = await import('yazl')
  const zip = new ZipFile()
  const bytes = zip.outputStream as PassThrough
  const ending = new AbortController()
  const { signal } = ending
  let isLeft = false
  const giveUp = (error: unknown) => {
    ending.abort(error)
    bytes.destroy(error as Error)
  }
  response.setTimeout(idleLimitMs, () => response.destroy())
  zip.once('error', giveUp)
  const sent = pipeline(bytes, response).catch((error: unknown) => {
    isLeft = !signal.aborted
    giveUp(error)
    throw error
  })
  // Avoids an unhandled rejection: it may fail long before it is awaited.
  sent.catch(() => undefined)

  const add: Archive['add'] = async (path, content, { modifiedAt, deflate, bytes: size }) => {
    // When the signal aborts `finished`, it removes its error listener, and destroying the file may emit an error then.
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
    return 'whole'
  } catch (error) {
    giveUp(error)
    await sent.catch(() => undefined)
    if (isLeft) return 'left'
    throw signal.reason
  }
}
