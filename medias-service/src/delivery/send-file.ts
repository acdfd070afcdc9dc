import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'

import { NotInStoreError, type FileStore } from '@likeness/media-files'
import { problems } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'

import { mediaProblems } from '../problems.ts'
import { contentDisposition } from './content-disposition.ts'

interface StoredFile {
  key: string
  bytes: number
  mimeType: string
  /** The name under which a browser saves the file. */
  name: string
  isPublic: boolean
  /** Whether the URL always returns the same bytes. */
  immutable: boolean
  inline: boolean
}

/** The connection is closed if the client reads nothing for this long. A player can continue with `Range`. */
const STALLED_MS = 60_000

/**
 * Sends a stored file. Supports conditional requests, and ranges if the file is on disk. A file from another store is
 * streamed as a whole.
 *
 * @throws {NotInStoreError} when the store does not have the key.
 */
export async function sendFile(
  store: FileStore,
  { request, response }: { request: Request; response: Response },
  file: StoredFile,
  { stalledMs = STALLED_MS }: { stalledMs?: number } = {},
): Promise<void> {
  response.setTimeout(stalledMs, () => response.destroy())
  const etag = `"${createHash('sha256').update(file.key).digest('base64url').slice(0, 27)}"`
  if (!isMatched(request.get('if-match'), etag)) throw problems.preconditionFailed()
  response.set({
    'Content-Type': file.mimeType,
    ETag: etag,
    'Cache-Control': cacheControl(file),
    'Content-Disposition': contentDisposition(file.name, file.inline ? 'inline' : 'attachment'),
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  })
  const path = store.localPath(file.key)
  if (path !== null) {
    // Ranges are defined only for GET (RFC 9110 §14.2).
    const acceptRanges = request.method === 'GET' && isRangeCurrent(request.get('if-range'), etag)
    if (!acceptRanges) response.set('Accept-Ranges', 'bytes')
    return sendFromDisk(response, path, { key: file.key, acceptRanges })
  }
  if (request.fresh) return void response.status(304).end()
  response.set('Content-Length', String(file.bytes))
  if (request.method === 'HEAD') return void response.end()
  await pipeline(await store.read(file.key), response)
}

function cacheControl({ isPublic, immutable }: StoredFile): string {
  const audience = isPublic ? 'public' : 'private'
  return immutable ? `${audience}, max-age=31536000, immutable` : `${audience}, no-cache`
}

/** RFC 9110, 13.1.1 requires the strong comparison, in which a weak ETag never matches. `send` compares weakly. */
function isMatched(ifMatch: string | undefined, etag: string): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  return ifMatch.split(',').some((tag) => tag.trim() === etag)
}

/**
 * Whether `Range` applies (RFC 9110, 13.1.5): only if the client has exactly these bytes. A date never matches, because
 * we send no `Last-Modified`. `send` would accept a weak ETag and a later date.
 */
function isRangeCurrent(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag
}

/** Without `acceptRanges` the whole file is sent and `Range` is ignored. */
function sendFromDisk(
  response: Response,
  path: string,
  { key, acceptRanges }: { key: string; acceptRanges: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { cacheControl: false, lastModified: false, dotfiles: 'allow', acceptRanges }, (error) => {
      if (!error || response.headersSent || response.destroyed) return resolve()
      for (const name of ['ETag', 'Content-Disposition', 'Content-Type']) response.removeHeader(name)
      reject(convertError(error, key))
    })
  })
}

/** Converts an error of `response.sendFile` to an error of this service. */
function convertError(error: Error & { code?: unknown; status?: unknown; headers?: unknown }, key: string): Error {
  if (error.code === 'ENOENT') return new NotInStoreError(key)
  if (error.status === 416) {
    const headers = (error.headers ?? {}) as Record<string, string>
    return mediaProblems.rangeNotSatisfiable(headers)
  }
  return error.status === 412 ? problems.preconditionFailed() : error
}
