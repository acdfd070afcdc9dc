import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

import { fromBufferPromise } from 'yauzl'

/** A file in a ZIP archive. */
export interface UnzippedFile {
  bytes: Buffer
  isDeflated: boolean
}

/**
 * Reads a ZIP archive with another library than the one that writes it.
 *
 * @returns the files by path, in the order of the archive
 * @throws Error if the archive is incomplete or the checksum of a file does not match
 */
export async function unzip(zip: Buffer): Promise<Map<string, UnzippedFile>> {
  const files = new Map<string, UnzippedFile>()
  const opened = await fromBufferPromise(zip, { lazyEntries: true })
  for await (const entry of opened.eachEntry()) {
    const bytes = await buffer(await opened.openReadStreamPromise(entry))
    if (crc32(bytes) !== entry.crc32) throw new Error(`${entry.fileName} does not match its checksum`)
    if (files.has(entry.fileName)) throw new Error(`${entry.fileName} is in the archive twice`)
    files.set(entry.fileName, { bytes, isDeflated: entry.compressionMethod === 8 })
  }
  return files
}
