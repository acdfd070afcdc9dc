import { EventSource } from 'eventsource'

import { backoff } from './backoff.ts'

interface StreamOptions {
  url: string
  /** Receives all features, as JSON. */
  onFeatures(json: string): void
  /** Called when the features may have changed and must be read. */
  onHint(): void
}

/** The end of a stream that was open for this long is not a failure: GrowthBook's proxy closes every stream after 30 s. */
const SUCCESS_MS = 10_000

/**
 * Follows GrowthBook's server-sent events: `features` contains all features, and `features-updated` only says that they
 * have changed. Reopens the stream when it ends, with a backoff after failures. Calls `onHint` whenever the stream
 * opens, because events may have been missed.
 */
export function followFeatureStream({ url, onFeatures, onHint }: StreamOptions): { stop(): void } {
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let close = connect()

  function connect(): () => void {
    const aborting = new AbortController()
    let openedAt: number | undefined
    // The package does not abort a response that is not a stream or never starts. This signal does.
    const stream = new EventSource(url, {
      fetch: (address, init) => {
        const signal = AbortSignal.any([aborting.signal, init.signal as AbortSignal])
        return fetch(address, { ...(init as RequestInit), signal })
      },
    })
    stream.addEventListener('open', () => {
      openedAt = Date.now()
      onHint()
    })
    stream.addEventListener('features', ({ data }) => onFeatures(String(data)))
    stream.addEventListener('features-updated', onHint)
    const end = () => {
      stream.close()
      aborting.abort()
    }
    stream.addEventListener(
      'error',
      () => {
        const hasSucceeded = openedAt !== undefined && Date.now() - openedAt >= SUCCESS_MS
        failures = hasSucceeded ? 0 : failures + 1
        if (failures === 1) onHint()
        timer = setTimeout(() => (close = connect()), backoff(Math.max(1, failures)))
        // The package starts a reconnect timer after this event. Closing the stream in a microtask clears the timer.
        queueMicrotask(end)
      },
      { once: true },
    )
    return end
  }

  return {
    stop() {
      clearTimeout(timer)
      close()
    },
  }
}
