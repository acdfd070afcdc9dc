import { createHash, timingSafeEqual } from 'node:crypto'

export type Form = Record<string, string | undefined>

/** What a client has shown of itself. */
export interface ShownClient {
  id: string
  secret: string
}

/** The client that shows itself by HTTP Basic or in the form (RFC 6749, section 2.3.1); who it is, is not checked yet. */
export function readClient(authorization: string | undefined, form: Form): ShownClient | undefined {
  const { id, secret } = fromBasic(authorization) ?? { id: form['client_id'], secret: form['client_secret'] }
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** @param clients the secret of each client, by its id */
export function isKnownClient({ id, secret }: ShownClient, clients: ReadonlyMap<string, string>): boolean {
  const expected = clients.get(id)
  return expected !== undefined && equal(secret, expected)
}

function fromBasic(authorization: string | undefined): ShownClient | undefined {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(authorization ?? '')?.[1]
  if (!encoded) return undefined
  const [id, ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  try {
    return { id: decodeURIComponent(id ?? ''), secret: decodeURIComponent(secret.join(':')) }
  } catch {
    return undefined
  }
}

/** Hashed first, so that neither the time nor a thrown error tells the length. */
function equal(a: string, b: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(hash(a), hash(b))
}
