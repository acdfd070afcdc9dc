import { createHash, timingSafeEqual } from 'node:crypto'

export type Form = Record<string, string | string[] | undefined>

/**
 * The client that has shown its secret, by HTTP Basic or in the form (RFC 6749, section 2.3.1); undefined otherwise.
 *
 * @param clients the secret of each client, by its id
 */
export function readClient(
  authorization: string | undefined,
  form: Form,
  clients: ReadonlyMap<string, string>,
): string | undefined {
  const shown = fromBasic(authorization) ?? { id: form['client_id'], secret: form['client_secret'] }
  if (typeof shown.id !== 'string' || typeof shown.secret !== 'string') return undefined
  const expected = clients.get(shown.id)
  return expected !== undefined && equal(shown.secret, expected) ? shown.id : undefined
}

function fromBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
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
