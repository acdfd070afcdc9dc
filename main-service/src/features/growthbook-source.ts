import { repeat, timeLimit, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { backoff } from './backoff.ts'
import { readAnswer, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'
import { followFeatureStream } from './feature-stream.ts'

interface GrowthbookOptions {
  /** `https://cdn.growthbook.io`, or one's own. */
  host: string
  clientKey: string
  decryptionKey: string | undefined
  logger: Logger
}

/** A stream can be dead without anybody knowing: features are read so often all the same, mostly for a 304. */
const READ_EVERY_MS = 60_000
const READ_LIMIT_MS = 5_000

/**
 * GrowthBook's SDK endpoints: features are read once, and then whenever its stream says so; without a stream, every
 * minute. While it is away, or answers what are no features, what was read last holds.
 *
 * The SDK's own transport keeps its streams and caches for the whole process, gives up when the first read fails, and
 * takes any JSON for features; so the features are fetched here, and the SDK evaluates them.
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
      // What the stream brought meanwhile may be newer than this answer.
      if (streamed === before) take(json, 'answer')
      else hint()
      etag = streamed === before ? (response.headers.get('etag') ?? undefined) : undefined
    }
    followStream(response.headers.get('x-sse-support'))
  }

  /** A 304 need not say again whether there is a stream. */
  function followStream(support: string | null): void {
    if (support !== 'enabled' || stream || stopping.signal.aborted) return
    stream = followFeatureStream({ url: `${base}/sub/${key}`, onFeatures: takeStreamed, onHint: hint })
  }

  function noteFault(error: unknown): void {
    if (stopping.signal.aborted) return
    if (fault === undefined || payload === undefined) logger.warn({ event: 'features.away', host: base, error })
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
    tellTried()
    return failures === 0 ? READ_EVERY_MS : backoff(failures)
  }

  /** Ends early when there may be something to read. */
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

  let tellTried = () => {}
  const tried = new Promise<void>((resolve) => (tellTried = resolve))
  const following = repeat({ work: readOnce, everyMs: READ_EVERY_MS, bell: { wait }, onError: noteFault })

  return {
    current: () => payload,
    tried: (limitMs) => pTimeout(tried, { milliseconds: limitMs, message: false }),
    check: {
      name: 'growthbook',
      gates: false,
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
