import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'

import { NotInStoreError, type FileStore } from '@likeness/media-files'
import { problems } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'

import { mediaProblems } from '../problems.ts'

interface StoredFile {
  key: string
  bytes: number
  mimeType: string
  /** What a browser saves it as. */
  name: string
  isPublic: boolean
  /** Whether the address will never mean other bytes. */
  immutable: boolean
  inline: boolean
}

/**
 * Answers with a stored file, honouring conditions and ranges. From a disk it goes by sendfile; from elsewhere it is
 * streamed whole.
 *
 * @throws {NotInStoreError} when the row names what the store does not have.
 */
export async function sendFile(
  store: FileStore,
  { request, response }: { request: Request; response: Response },
  file: StoredFile,
): Promise<void> {
  response.set({
    'Content-Type': file.mimeType,
    ETag: `"${createHash('sha256').update(file.key).digest('base64url').slice(0, 27)}"`,
    'Cache-Control': cacheControl(file),
    'Content-Disposition': contentDisposition(file),
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  })
  const path = store.localPath(file.key)
  if (path !== null) return sendFromDisk(response, path, file.key)
  if (request.fresh) return void response.status(304).end()
  response.set('Content-Length', String(file.bytes))
  if (request.method === 'HEAD') return void response.end()
  await pipeline(await store.read(file.key), response)
}

function cacheControl({ isPublic, immutable }: StoredFile): string {
  const audience = isPublic ? 'public' : 'private'
  return immutable ? `${audience}, max-age=31536000, immutable` : `${audience}, no-cache`
}

function sendFromDisk(response: Response, path: string, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { cacheControl: false, lastModified: false, dotfiles: 'allow' }, (error) => {
      if (!error || response.headersSent || response.destroyed) return resolve()
      for (const name of ['ETag', 'Content-Disposition', 'Content-Type']) response.removeHeader(name)
      reject(refusal(error, key))
    })
  })
}

/** What sendfile says of a file, or of the conditions and ranges of a request. */
function refusal(error: Error & { code?: unknown; status?: unknown; headers?: unknown }, key: string): Error {
  if (error.code === 'ENOENT') return new NotInStoreError(key)
  if (error.status === 416) {
    const headers = (error.headers ?? {}) as Record<string, string>
    return mediaProblems.rangeNotSatisfiable(headers)
  }
  return error.status === 412 ? problems.preconditionFailed() : error
}

/** RFC 6266, with the name in UTF-8 for whoever reads RFC 8187. */
function contentDisposition({ inline, name }: StoredFile): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
