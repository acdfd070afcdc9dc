import type { ServerResponse } from 'node:http'
import type { PassThrough, Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'

interface FileOptions {
  modifiedAt: Date
  /** Whether it is deflated; what is compressed already is not. */
  deflate: boolean
  /** How many bytes it has, where that is known: another number breaks the archive. */
  bytes?: number
}

/** A ZIP that is sent while it is made. */
export interface Archive {
  /** Aborted as soon as nobody takes the archive any more. */
  signal: AbortSignal
  /** Adds a file, and resolves when all of it has been read: one file is read at a time. */
  add(path: string, content: Readable, options: FileOptions): Promise<void>
}

interface ArchiveOptions {
  /** A client that takes no byte for so long is cut. */
  idleLimitMs: number
  fill(archive: Archive): Promise<void>
}

/**
 * Sends a ZIP, made by `fill`, no faster than the client takes it. Where something fails the connection is cut: what
 * the client has then lacks the directory at its end, and never looks whole.
 *
 * @returns `whole`, or `left` where the client went away
 * @throws what `fill` throws, and when a file is not as long as it was said to be
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
  // It may fail long before it is waited for.
  sent.catch(() => undefined)

  const add: Archive['add'] = async (path, content, { modifiedAt, deflate, bytes: size }) => {
    // `finished` tells of an error, but when the signal ends it, it no longer listens to the file, which may fail by that.
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
