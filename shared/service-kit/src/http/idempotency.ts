import type { Request } from 'express'

import type { Caller, ServiceCaller } from '../process/caller.ts'
import { problems } from '../process/problem.ts'
import type { Reply, Route } from './route.ts'

/** Stores responses by credential, route and `Idempotency-Key`, in the table `idempotency_key`. */
export interface IdempotencyStore {
  /**
   * A keyed hash of a request, to compare requests. Without the key of the hash, nobody can find out a password in the
   * request by hashing guesses.
   */
  hash(request: string): string
  /** Claims the key, or returns the entry that is stored for it. */
  claim(name: KeyName, requestHash: string): Promise<'claimed' | Claimed>
  keep(name: KeyName, reply: Reply): Promise<void>
  release(name: KeyName): Promise<void>
}

interface KeyName {
  /** The credential of the caller. Starts with the id of the user. */
  caller: string
  route: string
  key: string
}

interface Claimed {
  requestHash: string
  /** Null while the first request is running. */
  reply: Reply | null
}

interface Sent {
  params: unknown
  body: unknown
  caller: Caller | ServiceCaller | undefined
  http: { request: Request }
}

/**
 * Whether a route supports an `Idempotency-Key`: a `POST` that creates a resource or starts a process, for signed-in
 * callers.
 */
export const acceptsIdempotencyKey = ({ method, access, answers }: Route): boolean =>
  method === 'post' && access !== 'no-token' && ['201', '202', '207'].some((status) => status in answers)

/**
 * Runs a `POST` once for each `Idempotency-Key`, and returns the first response to every repetition.
 *
 * An error releases the key, so that the client can retry a failed request.
 *
 * @throws {Problem} 409 while the first request is running, or if its response contained a secret; 422 if the same key
 *   was used with another request
 */
export async function answerOnce(
  store: IdempotencyStore,
  route: Route,
  sent: Sent,
  handle: () => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const key = sent.http.request.get('idempotency-key')
  if (key === undefined || !acceptsIdempotencyKey(route) || !sent.caller) return handle()
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw problems.invalidIdempotencyKey()
  }

  const { method, path, answersSecret } = route
  const name = { caller: credentialOf(sent.caller), route: `${method} ${path}`, key }
  const requestHash = store.hash(comparable(sent))
  const claim = await store.claim(name, requestHash)
  if (claim !== 'claimed') return replay(claim, requestHash, answersSecret)

  let reply: Reply | undefined
  try {
    reply = await handle()
  } catch (error) {
    await store.release(name)
    throw error
  }
  // If the response cannot be stored, the key stays claimed: a repetition is rejected, so that nothing happens twice.
  if (reply) await store.keep(name, answersSecret ? { status: reply.status, body: undefined } : reply)
  return reply
}

/**
 * The sessions of a user count as one credential, so that a client that had to log in again can repeat its request. Each
 * API key is another credential: a key can have fewer rights than its creator, and must not get the creator's response.
 */
function credentialOf(caller: Caller | ServiceCaller): string {
  const key = caller.kind === 'user' ? caller.claims.key : undefined
  return key === undefined ? caller.id : `${caller.id}:${key}`
}

function replay(claim: Claimed, requestHash: string, answersSecret = false): Reply {
  if (claim.requestHash !== requestHash) throw problems.idempotencyKeyReused()
  if (!claim.reply) throw problems.idempotencyKeyInUse()
  if (answersSecret) throw problems.answerNotRepeatable()
  return { ...claim.reply, headers: { ...claim.reply.headers, 'Idempotency-Replayed': 'true' } }
}

/** The parsed fields and the hashes of the files. The order of keys and the multipart boundary do not matter. */
function comparable({ params, body, http }: Sent): string {
  const { files } = http.request as Request & { files?: { fieldname: string; sha256?: string }[] }
  const hashes = files?.map(({ fieldname, sha256 }) => [fieldname, sha256]) ?? []
  return canonical([params, body, hashes])
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
