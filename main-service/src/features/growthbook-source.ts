import { repeat, timeLimit, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { backoff } from './backoff.ts'
import { readAnswer, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'
import { followFeatureStream } from './feature-stream.ts'

interface GrowthbookOptions {
  /** `https://cdn.growthbook.io`, or the URL of a self-hosted server. */
  host: string
  clientKey: string
  decryptionKey: string | undefined
  logger: Logger
}

/** A broken stream can go unnoticed, so the features are polled too. Most of these requests return 304. */
const READ_EVERY_MS = 60_000
const READ_LIMIT_MS = 5_000

/**
 * Reads features from GrowthBook's SDK endpoint: once, then after each event of its stream, and every minute. While
 * GrowthBook is unavailable or sends invalid features, the last valid features remain in use.
 *
 * The SDK only evaluates the features. Its own transport is not used, because it keeps streams and caches for the whole
 * process, does not retry if the first read fails, and accepts any JSON as features.
 */
export function createGrowthbookSource({ host, clientKey, decryptionKey, logger }: GrowthbookOptions): FeatureSource {
  const base = host.replace(/\/+$/, '')
  const key = encodeURIComponent(clientKey)
  const stopping = new AbortController()
  let payload: FeaturePayload | undefined
  let text: string | undefined
  let etag: string | undefined
  let fault: unknown = new Error('No features have been read from GrowthBook yet')
  let stream: { stop(): void } | undefined
  let streamed = 0
  let isHinted = false
  let wake = () => {}

  function hint(): void {
    isHinted = true
    wake()
  }

  function apply(json: string, from: 'answer' | 'stream'): void {
    if (json === text) return
    payload = readAnswer(json, decryptionKey)
    text = json
    logger.info({ event: 'features.read', from, host: base, features: Object.keys(payload.features).length })
  }

  function takeStreamed(json: string): void {
    try {
      apply(json, 'stream')
      streamed++
    } catch (error) {
      logger.warn({ event: 'features.unreadable', from: 'stream', host: base, error })
      hint()
    }
  }

  async function read(): Promise<void> {
    const before = streamed
    const response = await fetch(`${base}/api/features/${key}`, {
      headers: { accept: 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      signal: timeLimit(READ_LIMIT_MS, stopping.signal),
    })
    const json = await response.text()
    if (response.status !== 304) {
      if (!response.ok) throw new Error(`GrowthBook returned the status ${response.status}: ${json.slice(0, 200)}`)
      // Features that the stream has sent in the meantime may be newer than this response.
      if (streamed === before) apply(json, 'answer')
      else hint()
      etag = streamed === before ? (response.headers.get('etag') ?? undefined) : undefined
    }
    followStream(response.headers.get('x-sse-support'))
  }

  /** Opens the stream once. A 304 may come without the header `x-sse-support`. */
  function followStream(support: string | null): void {
    if (support !== 'enabled' || stream || stopping.signal.aborted) return
    stream = followFeatureStream({ url: `${base}/sub/${key}`, onFeatures: takeStreamed, onHint: hint })
  }

  function recordFault(error: unknown): void {
    if (stopping.signal.aborted) return
    if (fault === undefined || payload === undefined) logger.warn({ event: 'features.unavailable', host: base, error })
    fault = error
  }

  let failures = 0

  /** @returns milliseconds until the next read. */
  async function readOnce(): Promise<number> {
    isHinted = false
    try {
      await read()
      if (failures > 0) logger.info({ event: 'features.back', host: base })
      failures = 0
      fault = undefined
    } catch (error) {
      failures++
      recordFault(error)
    }
    resolveTried()
    return failures === 0 ? READ_EVERY_MS : backoff(failures)
  }

  /** Ends early if features may have changed. */
  function wait(ms: number): Promise<void> {
    if (isHinted || stopping.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  let resolveTried = () => {}
  const tried = new Promise<void>((resolve) => (resolveTried = resolve))
  const following = repeat({ work: readOnce, everyMs: READ_EVERY_MS, listener: { wait }, onError: recordFault })

  return {
    current: () => payload,
    tried: (limitMs) => pTimeout(tried, { milliseconds: limitMs, message: false }),
    check: {
      name: 'growthbook',
      required: false,
      async check() {
        if (fault !== undefined) throw fault
      },
    },
    async stop() {
      stopping.abort()
      stream?.stop()
      wake()
      await following.stop()
    },
  }
}
