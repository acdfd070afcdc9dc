import { createHash, timingSafeEqual } from 'node:crypto'

export type Form = Record<string, string | undefined>

/** The credentials that a client sent. */
export interface SentCredentials {
  id: string
  secret: string
}

/** The credentials in the HTTP Basic header or in the form (RFC 6749 §2.3.1), unchecked. */
export function readClient(authorization: string | undefined, form: Form): SentCredentials | undefined {
  const { id, secret } = fromBasic(authorization) ?? { id: form['client_id'], secret: form['client_secret'] }
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** @param clients the secrets of the clients, by id */
export function isKnownClient({ id, secret }: SentCredentials, clients: ReadonlyMap<string, string>): boolean {
  const expected = clients.get(id)
  return expected !== undefined && equal(secret, expected)
}

function fromBasic(authorization: string | undefined): SentCredentials | undefined {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(authorization ?? '')?.[1]
  if (!encoded) return undefined
  const [id, ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  try {
    return { id: decodeURIComponent(id ?? ''), secret: decodeURIComponent(secret.join(':')) }
  } catch {
    return undefined
  }
}

/** Compares hashes, so that neither the duration nor an error reveals the length of the secret. */
function equal(a: string, b: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(hash(a), hash(b))
}
