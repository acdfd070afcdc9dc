import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Metrics } from './metrics.ts'
import { problems } from './problem.ts'

/** Time for which a collection is used again. */
const FRESH_MS = 1_000
/** Reads that get the same collection at once. More reads in one second wait for the next collection. */
const MAX_IMMEDIATE = 10
/** Reads that can wait. */
const MAX_WAITING = 100

export interface ExposedMetrics {
  contentType: string
  /** @throws {Problem} 401 without the token, if there is one */
  assertAccess(authorization: string | undefined): void
  /** @throws {Problem} 429 if too many other reads wait */
  read(): Promise<Buffer>
}

/**
 * The metrics of a process for any number of readers. A collection takes tens of milliseconds, in which the process does
 * nothing else. So there is at most one collection in a second, and a reader without pauses gets one response in a second.
 *
 * @param token the bearer token that readers must send; undefined: everybody can read
 */
export function exposeMetrics(registry: Metrics, token?: string): ExposedMetrics {
  let latest: { text: Buffer; at: number; reads: number } | undefined
  let next: Promise<Buffer> | undefined
  let waiting = 0

  async function collect(afterMs: number): Promise<Buffer> {
    if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs))
    const text = Buffer.from(await registry.metrics())
    latest = { text, at: performance.now(), reads: 0 }
    return text
  }

  return {
    contentType: registry.contentType,
    assertAccess(authorization = '') {
      const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
      if (token !== undefined && (given === undefined || !isEqual(given, token))) throw problems.metricsTokenRequired()
    },
    async read() {
      const age = latest ? performance.now() - latest.at : Infinity
      if (latest && !next && age < FRESH_MS && latest.reads++ < MAX_IMMEDIATE) return latest.text
      if (waiting >= MAX_WAITING) throw problems.tooManyRequests(1)
      next ??= collect(FRESH_MS - age).finally(() => (next = undefined))
      waiting += 1
      return next.finally(() => (waiting -= 1))
    },
  }
}

/**
 * Answers `GET /metrics` of any server.
 *
 * @throws {Problem} 401 or 429
 */
export async function sendMetrics(
  { contentType, assertAccess, read }: ExposedMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  assertAccess(request.headers.authorization)
  const text = await read()
  // All responses send the same bytes, without an ETag, so that many readers take neither memory nor time.
  response
    .writeHead(200, { 'Content-Type': contentType, 'Content-Length': text.length, 'Cache-Control': 'no-store' })
    .end(text)
}

/** Compares hashes, so that the duration reveals neither the length nor a part of the token. */
function isEqual(given: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(token))
}
