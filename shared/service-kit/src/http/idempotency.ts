import type { Request } from 'express'

import type { Caller, ServiceCaller } from '../process/caller.ts'
import { problems } from '../process/problem.ts'
import type { Reply, Route } from './route.ts'

/** The answers already given under an `Idempotency-Key`, by caller and route, in a table `idempotency_key`. */
export interface IdempotencyStore {
  /** What tells a request from another: nobody without our secret can try what it was, a password in it above all. */
  hash(request: string): string
  /** Claims the key, or says what is known of it. */
  claim(name: KeyName, requestHash: string): Promise<'claimed' | Claimed>
  keep(name: KeyName, reply: Reply): Promise<void>
  release(name: KeyName): Promise<void>
}

interface KeyName {
  caller: string
  route: string
  key: string
}

interface Claimed {
  requestHash: string
  /** Null while the first request is still running. */
  reply: Reply | null
}

interface Sent {
  params: unknown
  body: unknown
  caller: Caller | ServiceCaller | undefined
  http: { request: Request }
}

/** Whether a route honours an `Idempotency-Key` of whoever is signed in: it is a `POST` that creates, or sets going. */
export const takesIdempotencyKey = ({ method, access, answers }: Route): boolean =>
  method === 'post' && access !== 'no-token' && ['201', '202', '207'].some((status) => status in answers)

/**
 * Runs a creating `POST` once for an `Idempotency-Key`, and answers every repetition as the first was answered.
 *
 * An error gives the key back, so that what failed may be tried again.
 *
 * @throws {Problem} 409 while the first is running, or where its answer held a secret; 422 when the same key comes with
 *   another request.
 */
export async function answerOnce(
  store: IdempotencyStore,
  route: Route,
  sent: Sent,
  handle: () => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const key = sent.http.request.get('idempotency-key')
  if (key === undefined || !takesIdempotencyKey(route) || !sent.caller) return handle()
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw problems.invalidIdempotencyKey()
  }

  const { method, path, answersSecret } = route
  const name = { caller: sent.caller.id, route: `${method} ${path}`, key }
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
  // Done but not kept: the claim stays, so that a repetition is refused rather than done twice.
  if (reply) await store.keep(name, answersSecret ? { status: reply.status, body: undefined } : reply)
  return reply
}

function replay(claim: Claimed, requestHash: string, answersSecret = false): Reply {
  if (claim.requestHash !== requestHash) throw problems.idempotencyKeyReused()
  if (!claim.reply) throw problems.idempotencyKeyInUse()
  if (answersSecret) throw problems.answerNotRepeatable()
  return { ...claim.reply, headers: { ...claim.reply.headers, 'Idempotency-Replayed': 'true' } }
}

/** Parsed fields and the files' bytes: the order of keys and the boundary of a multipart body make no difference. */
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
