import { createHash } from 'node:crypto'

import { problems } from '../process/problem.ts'

/** The strong ETag of a body. Express uses it too, so that clients and `assertMatch` compare the same value. */
export function entityTag(body: string | Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
}

/**
 * Checks the `If-Match` of a request.
 *
 * @param representation what a GET would return now; read it under the lock of the change
 * @throws {Problem} 412 if the resource has changed since the client read it
 */
export function assertMatch(ifMatch: string | undefined, representation: unknown): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const current = entityTag(JSON.stringify(representation))
  const named = ifMatch.split(',').map((tag) => tag.trim())
  if (!named.includes(current)) throw problems.preconditionFailed()
}
