import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { FileStore } from '@likeness/media-files'
import type { Request } from 'express'
import type { StorageEngine } from 'multer'
import { uuidv7 } from 'uuidv7'

import { mediaProblems } from '../problems.ts'
import type { ReceivedFile } from './received-file.ts'

/** Number of first bytes of a file that are kept: enough for its type, and for dimensions after a long EXIF block. */
const HEAD_BYTES = 512 * 1_024

/**
 * A multer storage engine that streams each part to a temporary key, and hashes and counts its bytes.
 *
 * The engine checks the size limit itself, because multer's `fileSize` rejects every file of the request if one file is
 * too large. A part over the limit is read to its end and discarded. If the request fails, the engine deletes the part
 * that is in flight.
 */
export function createIncomingStorage(store: FileStore, limitBytes: number): StorageEngine {
  async function receive(part: Express.Multer.File): Promise<Partial<ReceivedFile>> {
    const id = uuidv7()
    const incoming = await store.openIncoming(id)
    const meter = new Meter(limitBytes)
    try {
      await pipeline(part.stream, meter, incoming.stream)
    } catch (error) {
      await incoming.abort()
      throw error
    }
    if (meter.bytes > limitBytes) {
      await store.delete(incoming.key)
      return { refusal: mediaProblems.fileTooLarge(limitBytes) }
    }
    return { id, key: incoming.key, sha256: meter.sha256(), bytes: meter.bytes, head: meter.head() }
  }

  return {
    _handleFile(_request: Request, part, done) {
      receive(part).then(
        (info) => done(null, info),
        (error: unknown) => done(error),
      )
    },
    _removeFile(_request: Request, file: Express.Multer.File, done) {
      const { key } = file as Partial<ReceivedFile>
      if (!key) return done(null)
      store.delete(key).then(() => done(null), done)
    },
  }
}

/** Counts and hashes the bytes that pass through, and keeps the first ones. Bytes over the limit are only counted. */
class Meter extends Transform {
  bytes = 0
  readonly #limit: number
  readonly #hash = createHash('sha256')
  readonly #head: Buffer[] = []
  #headBytes = 0

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length
    // An error for this part would stop the parser, and the following parts would be lost.
    if (this.bytes > this.#limit) return done()
    this.#hash.update(chunk)
    if (this.#headBytes < HEAD_BYTES) {
      const kept = chunk.subarray(0, HEAD_BYTES - this.#headBytes)
      this.#head.push(kept)
      this.#headBytes += kept.length
    }
    done(null, chunk)
  }

  sha256(): string {
    return this.#hash.digest('hex')
  }

  head(): Buffer {
    return Buffer.concat(this.#head)
  }
}
