import { repeat, timeLimit, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { backoff } from './backoff.ts'
import { readAnswer, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'
import { followFeatureStream } from './feature-stream.ts'

interface GrowthbookOptions {
  /** `https://cdn.growthbook.io`, or a self-hosted one. */
  host: string
  clientKey: string
  decryptionKey: string | undefined
  logger: Logger
}

/** A stream can be dead without a sign of it, so the features are polled as well, mostly for a 304. */
const READ_EVERY_MS = 60_000
const READ_LIMIT_MS = 5_000

/**
 * Reads features from GrowthBook's SDK endpoint: once, then after each event of its stream, and every minute. While
 * GrowthBook is away or sends invalid features, the last valid ones stay in use.
 *
 * The SDK evaluates the features but does not fetch them: its own transport keeps streams and caches for the whole
 * process, gives up when the first read fails, and accepts any JSON as features.
 */
export function createGrowthbookSource({ host, clientKey, decryptionKey, logger }: GrowthbookOptions): FeatureSource {
  const base = host.replace(/\/+$/, '')
  const key = encodeURIComponent(clientKey)
  const stopping = new AbortController()
  let payload: FeaturePayload | undefined
  let text: string | undefined
  let etag: string | undefined
  let fault: unknown = new Error('GrowthBook has not been read yet')
  let stream: { stop(): void } | undefined
  let streamed = 0
  let isHinted = false
  let wake = () => {}

  function hint(): void {
    isHinted = true
    wake()
  }

  function take(json: string, from: 'answer' | 'stream'): void {
    if (json === text) return
    payload = readAnswer(json, decryptionKey)
    text = json
    logger.info({ event: 'features.read', from, host: base, features: Object.keys(payload.features).length })
  }

  function takeStreamed(json: string): void {
    try {
      take(json, 'stream')
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
      if (!response.ok) throw new Error(`GrowthBook answered ${response.status}: ${json.slice(0, 200)}`)
      // Features that the stream sent meanwhile may be newer than this answer.
      if (streamed === before) take(json, 'answer')
      else hint()
      etag = streamed === before ? (response.headers.get('etag') ?? undefined) : undefined
    }
    followStream(response.headers.get('x-sse-support'))
  }

  /** Opens the stream once. A 304 may lack the header. */
  function followStream(support: string | null): void {
    if (support !== 'enabled' || stream || stopping.signal.aborted) return
    stream = followFeatureStream({ url: `${base}/sub/${key}`, onFeatures: takeStreamed, onHint: hint })
  }

  function noteFault(error: unknown): void {
    if (stopping.signal.aborted) return
    if (fault === undefined || payload === undefined) logger.warn({ event: 'features.unavailable', host: base, error })
    fault = error
  }

  let failures = 0

  /** @returns milliseconds until the next reading. */
  async function readOnce(): Promise<number> {
    isHinted = false
    try {
      await read()
      if (failures > 0) logger.info({ event: 'features.back', host: base })
      failures = 0
      fault = undefined
    } catch (error) {
      failures++
      noteFault(error)
    }
    resolveTried()
    return failures === 0 ? READ_EVERY_MS : backoff(failures)
  }

  /** Ends early when features may have changed. */
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
  const following = repeat({ work: readOnce, everyMs: READ_EVERY_MS, listener: { wait }, onError: noteFault })

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
