import { openNewFile } from './open-new-file.ts'

/** Measured: writing with buffers of 1 MiB is a third faster than with a stream's own buffer. */
const BUFFER_BYTES = 1024 * 1024

export interface BufferedFile {
  write(chunk: Uint8Array): Promise<void>
  /** Writes the rest of the buffer and syncs the file. @returns the number of bytes in the file */
  finish(): Promise<number>
  /** Closes the file, finished or not. */
  close(): Promise<void>
}

/** Creates a file that is written in large pieces. Calls must not overlap. */
export async function openBufferedFile(path: string): Promise<BufferedFile> {
  const file = await openNewFile(path)
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  let buffered = 0
  let bytes = 0
  let closed = false

  const writeAll = async (piece: Uint8Array): Promise<void> => {
    let written = 0
    while (written < piece.length) {
      const { bytesWritten } = await file.write(piece, written, piece.length - written)
      written += bytesWritten
    }
    bytes += piece.length
  }
  const flush = async (): Promise<void> => {
    const piece = buffer.subarray(0, buffered)
    buffered = 0
    await writeAll(piece)
  }

  return {
    write: async (chunk) => {
      if (buffered + chunk.length > BUFFER_BYTES) await flush()
      if (chunk.length >= BUFFER_BYTES) return writeAll(chunk)
      buffer.set(chunk, buffered)
      buffered += chunk.length
    },
    finish: async () => {
      await flush()
      await file.sync()
      return bytes
    },
    close: async () => {
      if (closed) return
      closed = true
      await file.close()
    },
  }
}
