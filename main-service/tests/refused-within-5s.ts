import { expect } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

/** The guarantee in docs/security.md: every service enforces a revocation within 5 s. */
const GUARANTEED_MS = 5_000

/**
 * Waits until a revoked token is rejected. Call it right after the revocation was committed.
 *
 * The wait is longer than 5 s, so that it does not fail on a busy machine. The 5 s are measured until the last check that
 * still accepted the token.
 *
 * @throws if a check accepted the token more than 5 s after the call
 */
export async function expectRefusedWithin5s(isRefused: () => boolean | Promise<boolean>): Promise<void> {
  const revokedAt = performance.now()
  let lastAcceptedAt = revokedAt
  await eventually(
    async () => {
      const checkedAt = performance.now()
      const refused = await isRefused()
      if (!refused) lastAcceptedAt = checkedAt
      expect(refused).toBe(true)
    },
    { limitMs: 60_000 },
  )
  expect(lastAcceptedAt - revokedAt).toBeLessThan(GUARANTEED_MS)
}
