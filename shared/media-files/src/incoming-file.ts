import { rm } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

import { openBufferedFile, type BufferedFile } from './buffered-file.ts'
import { storeError } from './errors.ts'
import type { IncomingFile } from './file-store.ts'

interface Incoming {
  key: string
  /** Path of the unfinished file. */
  partial: string
  /** Final path. */
  path: string
  /** Moves the file to its final path. */
  finish: () => Promise<void>
}

/** A file that is written to a temporary path. At the end it is moved to its final path; on an error it is deleted. */
export async function incomingFile(incoming: Incoming): Promise<IncomingFile> {
  const file = await openBufferedFile(incoming.partial)
  const stream = writableTo(file, incoming)
  return {
    key: incoming.key,
    stream,
    abort: async () => {
      stream.destroy()
      // The caller knows why it aborts, so the stream's error is ignored.
      if (!stream.closed) await finished(stream).catch(() => undefined)
      // The file may have been finished just before.
      await rm(incoming.path, { force: true })
    },
  }
}

function writableTo(file: BufferedFile, { key, partial, finish }: Incoming): Writable {
  let ending: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await file.finish()
    await file.close()
    await finish()
  }
  const deletePartial = async (): Promise<void> => {
    await ending?.catch(() => undefined)
    await file.close()
    await rm(partial, { force: true })
  }
  const settle = (work: Promise<unknown>, callback: (error?: Error | null) => void): void => {
    work.then(
      () => callback(),
      (error: unknown) => callback(toError(storeError(error, key))),
    )
  }
  return new Writable({
    write: (chunk: Buffer, _encoding, callback) => settle(file.write(chunk), callback),
    final: (callback) => {
      ending = end()
      settle(ending, callback)
    },
    destroy: (error, callback) => {
      deletePartial().then(
        () => callback(error),
        (deleteError: unknown) => callback(error ?? toError(storeError(deleteError, key))),
      )
    },
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
