import { send, type Answer } from '@likeness/test-kit'

import { violate, type Ledger } from './ledger.ts'

/** Longer than the services need to answer 503 while a database is frozen. */
const RESPONSE_MS = 20_000

/**
 * Sends one request during faults, and records its status. A client may see a broken connection, 429 and 503 with
 * Retry-After, and 507 while the disk is full. Any other answer with 5xx breaks a promise.
 *
 * @returns null if the connection broke or had no answer in time
 */
export async function attempt(
  ledger: Ledger,
  method: string,
  url: string,
  options: Parameters<typeof send>[2] = {},
): Promise<Answer | null> {
  const answer = await Promise.race([
    send(method, url, options).catch(() => null),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), RESPONSE_MS).unref()),
  ])
  const status = answer?.status ?? 0
  ledger.statuses[status] = (ledger.statuses[status] ?? 0) + 1
  if (answer && status >= 500) {
    const isAllowed = status === 503 || status === 507
    const { pathname } = new URL(url)
    if (!isAllowed) violate(ledger, `${method} ${pathname} returned ${status} ${JSON.stringify(answer.body)}`)
    if (status === 503 && !answer.headers.has('retry-after'))
      violate(ledger, `${method} ${pathname} returned 503 without Retry-After: ${JSON.stringify(answer.body)}`)
  }
  return answer
}
