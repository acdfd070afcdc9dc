import { AsyncResource } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Mediasdb } from '@likeness/mediasdb'
import type { TokenVerifier } from '@likeness/service-kit/identity'
import { repeat, type BackgroundTask, type Logger, type Metrics } from '@likeness/service-kit/process'
import { Gauge } from 'prom-client'

import { isReadable } from '../media/media-access.ts'
import { createAccessReader, type AccessReader } from './access-reader.ts'
import { createEventDelivery } from './event-delivery.ts'
import { followEvents } from './event-feed.ts'
import { closeIfStalled, endStream, keepOpen, type EventStream, type Reader } from './event-stream.ts'
import { createStreamTokens } from './stream-tokens.ts'

/** A stream ends within 5 s after its token is revoked or expires, or the caller loses access to the media. */
const CHECK_TOKENS_MS = 2_000
const CHECK_MEDIA_MS = 4_000
/** If the access to the media could not be checked for this long, all streams end. */
const UNCHECKED_MS = 10_000
/** Number of streams that are checked before other requests get a turn. */
const STREAMS_PER_TURN = 100

/** All open event streams of this process. */
export interface EventStreams extends BackgroundTask {
  readAccess: AccessReader
  /** Sends events to a response whose headers are sent, until the stream ends. */
  open(stream: Reader & Pick<EventStream, 'mediaId' | 'request' | 'response' | 'cursor'>): void
  /** Aborts when the service stops. Then all streams end. */
  stopping: AbortSignal
}

interface StreamsOptions {
  mediasdb: Mediasdb
  databaseUrl: string
  tokens: Pick<TokenVerifier, 'user'>
  logger: Logger
  metrics: Metrics
}

/** Creates the streams. While there are no streams, no background task runs. */
export function createEventStreams({ mediasdb, databaseUrl, tokens, logger, metrics }: StreamsOptions): EventStreams {
  const streams = new Set<EventStream>()
  const byMedia = new Map<string, Set<EventStream>>()
  const streamTokens = createStreamTokens(tokens)
  const readAccess = createAccessReader(mediasdb)
  const delivery = createEventDelivery({ mediasdb, readAccess, logger })
  const stopping = new AbortController()
  let tasks: BackgroundTask[] = []
  let stopped: Promise<unknown> = Promise.resolve()
  let mediaCheckedAt = 0

  // The tasks start with the first stream, but must not run in the context of its request, to which logs would belong.
  const startTasks = AsyncResource.bind(() => {
    mediaCheckedAt = performance.now()
    tasks = [
      followEvents({ mediasdb, databaseUrl, logger, onChange: wake }),
      delivery.start(),
      repeat({ work: checkStreams, everyMs: CHECK_TOKENS_MS, onError: logUnchecked }),
      repeat({ work: checkMedia, everyMs: CHECK_MEDIA_MS, onError: endUnchecked }),
    ]
  })

  function stopTasks(): void {
    const stops = tasks.map((task) => task.stop())
    tasks = []
    stopped = Promise.all([stopped, ...stops])
  }

  function wake(mediaIds: string[] | 'all'): void {
    if (mediaIds === 'all') streams.forEach(delivery.wake)
    else for (const mediaId of mediaIds) byMedia.get(mediaId)?.forEach(delivery.wake)
  }

  async function checkStreams(): Promise<void> {
    if (streams.size === 0) return stopTasks()
    streamTokens.check(endStream)
    let checked = 0
    for (const stream of streams) {
      closeIfStalled(stream)
      keepOpen(stream)
      if (++checked % STREAMS_PER_TURN === 0) await nextTurn()
    }
  }

  async function checkMedia(): Promise<void> {
    await Promise.all(
      [...byMedia].map(async ([mediaId, ofMedia]) => {
        const media = await readAccess(mediaId)
        for (const stream of ofMedia) if (!isReadable(media, stream)) endStream(stream)
      }),
    )
    mediaCheckedAt = performance.now()
  }

  const logUnchecked = (error: unknown) => logger.debug({ event: 'events.unchecked', error })

  function endUnchecked(error: unknown): void {
    logUnchecked(error)
    if (performance.now() - mediaCheckedAt > UNCHECKED_MS) streams.forEach(endStream)
  }

  function add(stream: EventStream): void {
    streams.add(stream)
    const ofMedia = byMedia.get(stream.mediaId) ?? new Set()
    byMedia.set(stream.mediaId, ofMedia.add(stream))
    streamTokens.add(stream)
  }

  function remove(stream: EventStream): void {
    streams.delete(stream)
    const ofMedia = byMedia.get(stream.mediaId)
    ofMedia?.delete(stream)
    if (ofMedia?.size === 0) byMedia.delete(stream.mediaId)
    streamTokens.remove(stream)
  }

  measureStreams(metrics, streams)
  return {
    readAccess,
    stopping: stopping.signal,
    open(opened) {
      const { response } = opened
      if (response.closed) return
      const stream = { ...opened, writtenAt: performance.now(), readUntil: undefined, isEnding: false }
      add(stream)
      response.once('close', () => remove(stream))
      // A write after the client has disconnected fails. The response is closed then.
      response.on('error', () => undefined)
      response.write(': events of a media\n\n')
      if (stopping.signal.aborted) return endStream(stream)
      if (tasks.length === 0) startTasks()
      delivery.wake(stream)
    },
    async stop() {
      stopping.abort()
      streams.forEach(endStream)
      stopTasks()
      await stopped
    },
  }
}

function measureStreams(registry: Metrics, streams: Set<EventStream>): void {
  const measure = (name: string, help: string, valueOf: (stream: EventStream) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['caller'],
      registers: [registry],
      collect() {
        const sums = { anonymous: 0, 'signed-in': 0 }
        for (const stream of streams) sums[stream.caller ? 'signed-in' : 'anonymous'] += valueOf(stream)
        for (const [caller, sum] of Object.entries(sums)) this.set({ caller }, sum)
      },
    })
  measure('likeness_event_streams', 'Open event streams, by the caller: signed-in or anonymous.', () => 1)
  measure(
    'likeness_event_streams_buffered_bytes',
    'Bytes of open event streams that are written and not yet sent, because the clients read slowly.',
    ({ response }) => response.writableLength,
  )
}
