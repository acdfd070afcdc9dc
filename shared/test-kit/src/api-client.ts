import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

import { eventually } from '@likeness/local-servers'

import type { System } from './system.ts'

/** A response with its parsed JSON. `body` is undefined if the response has no body. */
export interface Answer<Body = Json> {
  status: number
  headers: Headers
  body: Body
}

// A test checks the values of a response with expectations, not with types.
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

interface Sent {
  body?: unknown
  token?: string | undefined
  headers?: Record<string, string>
}

/** Sends one request as a client does. `body` is sent as JSON, or unchanged if it is a form. */
export async function send(method: string, url: string, { body, token, headers = {} }: Sent = {}): Promise<Answer> {
  const isForm = body instanceof FormData || body instanceof URLSearchParams
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    redirect: 'manual',
  })
  // A stream of events does not end, so its body is not read.
  if (response.headers.get('content-type') === 'text/event-stream') {
    await response.body?.cancel()
    return { status: response.status, headers: response.headers, body: undefined }
  }
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text || undefined,
  }
}

/** Sends a request with a password again while auth-service is overloaded, as a client does. A busy machine is slow. */
export async function patiently(request: () => Promise<Answer>): Promise<Answer> {
  const answer = await request()
  if (answer.status !== 503 || answer.body.code !== 'overloaded') return answer
  await pause(Number(answer.headers.get('retry-after')) * 1_000 * Math.random())
  return patiently(request)
}

/** A logged-in user. */
export interface Person {
  id: string
  email: string
  password: string
  accessToken: string
  refreshToken: string
}

/** Registers a new user. */
export async function registerSomebody(system: Pick<System, 'authUrl'>, name = 'Ada'): Promise<Person> {
  const email = `${name.toLowerCase()}-${randomBytes(4).toString('hex')}@example.com`
  const password = 'a long enough password'
  const url = `${system.authUrl}/api/v1/auth/register`
  const { status, body } = await patiently(() => send('POST', url, { body: { email, password, name } }))
  if (status !== 201) throw new Error(`Registration returned ${status}: ${JSON.stringify(body)}`)
  return { id: body.user.id, email, password, accessToken: body.accessToken, refreshToken: body.refreshToken }
}

/** Logs the seeded administrator in. */
export async function logInAdministrator(system: System): Promise<Person> {
  const credentials = { email: 'admin@example.com', password: 'admin-password-change-me' }
  const url = `${system.authUrl}/api/v1/auth/login`
  const { status, body } = await patiently(() => send('POST', url, { body: credentials }))
  if (status !== 200) throw new Error(`Login returned ${status}: ${JSON.stringify(body)}`)
  return { id: body.user.id, ...credentials, accessToken: body.accessToken, refreshToken: body.refreshToken }
}

/** Requests a token at /oauth/token, with a form (RFC 6749). */
export async function requestToken(
  { authUrl }: Pick<System, 'authUrl'>,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(form)
  const response = await fetch(`${authUrl}/api/v1/oauth/token`, { method: 'POST', headers, body })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Uploads one file. */
export function upload(
  system: Pick<System, 'mediasUrl'>,
  token: string,
  file: { bytes: Buffer; name: string; type?: string },
  fields: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([new Uint8Array(file.bytes)], { type: file.type ?? '' }), file.name)
  return send('POST', `${system.mediasUrl}/api/v1/media`, { body: form, token })
}

/** Waits until a media is `ready` or `failed`, and returns it. */
export async function settled(system: System, token: string, mediaId: string, limitMs = 60_000): Promise<Json> {
  return eventually(
    async () => {
      const { body } = await send('GET', `${system.mediasUrl}/api/v1/media/${mediaId}`, { token })
      if (!['ready', 'failed'].includes(body.status)) throw new Error(`The media is ${body.status}`)
      return body
    },
    { limitMs },
  )
}
