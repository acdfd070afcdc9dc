import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

import { fromBufferPromise } from 'yauzl'

/** A file out of a ZIP. */
export interface UnzippedFile {
  bytes: Buffer
  isDeflated: boolean
}

/**
 * Reads a ZIP as a program of another's making does.
 *
 * @returns its files by their paths, in their order
 * @throws Error when it is not whole, or a file's checksum is not that of its bytes
 */
export async function unzip(zip: Buffer): Promise<Map<string, UnzippedFile>> {
  const files = new Map<string, UnzippedFile>()
  const opened = await fromBufferPromise(zip, { lazyEntries: true })
  for await (const entry of opened.eachEntry()) {
    const bytes = await buffer(await opened.openReadStreamPromise(entry))
    if (crc32(bytes) !== entry.crc32) throw new Error(`${entry.fileName} has another checksum than it says`)
    if (files.has(entry.fileName)) throw new Error(`${entry.fileName} is there twice`)
    files.set(entry.fileName, { bytes, isDeflated: entry.compressionMethod === 8 })
  }
  return files
}
