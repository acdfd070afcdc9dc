import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { keys, type FileStore } from '@likeness/media-files'
import type { Request } from 'express'
import type { StorageEngine } from 'multer'

import { mediaProblems } from '../problems.ts'
import type { ReceivedFile } from './received-file.ts'

/** What is kept of a file's beginning: enough for its type, and for the dimensions behind a long EXIF block. */
const HEAD_BYTES = 512 * 1_024

/**
 * A multer engine that streams each part under a temporary key, hashing and counting on the way.
 *
 * It counts itself: multer's own `fileSize` gives up every file of the request for one that is too large. A part over
 * the limit is read to its end and kept nowhere. Whatever happens to the request, the part in flight is cleaned up
 * here.
 */
export function createIncomingStorage(store: FileStore, limitBytes: number): StorageEngine {
  async function receive(part: Express.Multer.File): Promise<Partial<ReceivedFile>> {
    const key = keys.incomingKey()
    const incoming = await store.openIncoming(key)
    const meter = new Meter(limitBytes)
    try {
      await pipeline(part.stream, meter, incoming.stream)
    } catch (error) {
      await incoming.abort()
      throw error
    }
    if (meter.bytes > limitBytes) {
      await store.delete(key)
      return { refusal: mediaProblems.fileTooLarge(limitBytes) }
    }
    return { key, sha256: meter.sha256(), bytes: meter.bytes, head: meter.head() }
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

/** Counts and hashes what passes, and keeps its beginning. What is over the limit is only counted. */
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
    // A part that is given up midway would stop the parser, and with it the parts behind.
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
