import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import type { ServiceUrls } from '../local-system/deployables.ts'

/** A size of a version, as in the API. */
export interface MediaSize {
  preset: string
  format: string
  width: number
  height: number
  bytes: number
  url: string
}

/** The fields of a media that the demo reads. */
export interface Media {
  id: string
  status: 'processing' | 'ready' | 'failed'
  currentVersion: {
    width: number | null
    height: number | null
    format: string | null
    bytes: number
    error: { code: string; message: string } | null
    sizes: MediaSize[]
  }
}

/** An error response of the API. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** A logged-in user of the public REST API. */
export interface ApiSession {
  email: string
  /** @throws ApiError with the code of the problem */
  upload(path: string): Promise<Media>
  readMedia(id: string): Promise<Media>
  /** The bytes of a size. */
  download(mediaId: string, size: MediaSize): Promise<Buffer>
}

interface Tokens {
  accessToken: string
  refreshToken: string
}

/** Registers a new user and logs in. */
export async function openSession(urls: ServiceUrls): Promise<ApiSession> {
  const email = `demo-${Date.now()}@example.com`
  const password = 'a-password-for-the-demo'
  const auth = `${urls.gateway}/api/v1/auth`
  await readJson(await fetch(`${auth}/register`, asJson({ email, password, name: 'Demo' })))
  let tokens = await readJson<Tokens>(await fetch(`${auth}/login`, asJson({ email, password })))
  let refreshing: Promise<void> | undefined

  // An access token expires after 15 minutes, and a folder of pictures can take longer.
  const refresh = async () => {
    const answer = await fetch(`${auth}/refresh`, asJson({ refreshToken: tokens.refreshToken }))
    tokens = await readJson<Tokens>(answer)
  }
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const send = () =>
      fetch(`${urls.gateway}/api/v1${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${tokens.accessToken}` },
      })
    let answer = await send()
    if (answer.status === 401) {
      refreshing ??= refresh().finally(() => (refreshing = undefined))
      await refreshing
      answer = await send()
    }
    for (let attempt = 1; attempt <= 5 && (answer.status === 429 || answer.status === 503); attempt += 1) {
      await pause(Number(answer.headers.get('retry-after') ?? 1) * 1000)
      answer = await send()
    }
    return answer
  }

  return {
    email,
    upload: async (path) => {
      const form = new FormData()
      form.append('file', new Blob([new Uint8Array(await readFile(path))]), basename(path))
      return readJson<Media>(await call('/media', { method: 'POST', body: form }))
    },
    readMedia: async (id) => readJson<Media>(await call(`/media/${id}`)),
    download: async (mediaId, { preset, format }) => {
      const answer = await call(`/media/${mediaId}/sizes/${preset}.${format}`)
      if (!answer.ok) await readJson(answer)
      return Buffer.from(await answer.arrayBuffer())
    },
  }
}

function asJson(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

async function readJson<T>(answer: Response): Promise<T> {
  const text = await answer.text()
  if (answer.ok) return JSON.parse(text) as T
  const problem = readProblem(text)
  throw new ApiError(answer.status, problem.code ?? `http-${answer.status}`, problem.detail ?? text)
}

function readProblem(text: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(text) as { code?: string; detail?: string }
  } catch {
    return {}
  }
}
