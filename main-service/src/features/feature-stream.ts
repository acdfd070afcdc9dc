import { EventSource } from 'eventsource'

import { backoff } from './backoff.ts'

interface StreamOptions {
  url: string
  /** Receives all features, as JSON. */
  onFeatures(json: string): void
  /** The features may have changed; read them. */
  onHint(): void
}

/** A stream that lasted this long did not fail: GrowthBook's proxy closes every stream after 30 s. */
const GOOD_MS = 10_000

/**
 * Follows GrowthBook's server-sent events: `features` contains all features, `features-updated` asks to read them. Reopens
 * the stream when it ends, with a backoff after failures. Every opening calls `onHint`, because events may have been
 * missed.
 */
export function followFeatureStream({ url, onFeatures, onHint }: StreamOptions): { stop(): void } {
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let close = connect()

  function connect(): () => void {
    const cutting = new AbortController()
    let openedAt: number | undefined
    // The package aborts neither an answer that is not a stream nor one that never starts; this signal does.
    const stream = new EventSource(url, {
      fetch: (address, init) => {
        const signal = AbortSignal.any([cutting.signal, init.signal as AbortSignal])
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
      cutting.abort()
    }
    stream.addEventListener(
      'error',
      () => {
        const wasGood = openedAt !== undefined && Date.now() - openedAt >= GOOD_MS
        failures = wasGood ? 0 : failures + 1
        if (failures === 1) onHint()
        timer = setTimeout(() => (close = connect()), backoff(Math.max(1, failures)))
        // The package sets a reconnect timer after this event. Closing the stream in a microtask clears it.
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
