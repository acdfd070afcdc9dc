import { createHash } from 'node:crypto'

import { problems } from '../process/problem.ts'

/** The strong ETag of these bytes. Express is told to use it, so what a client read and what we compare are one. */
export function entityTag(body: string | Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
}

/**
 * Holds a request to its `If-Match`: `representation` is what a GET would answer now, read under the lock that the
 * change is made under.
 *
 * @throws {Problem} 412 when the client has read something else.
 */
export function assertMatch(ifMatch: string | undefined, representation: unknown): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const current = entityTag(JSON.stringify(representation))
  const named = ifMatch.split(',').map((tag) => tag.trim())
  if (!named.includes(current)) throw problems.preconditionFailed()
}
