import { EventSource } from 'eventsource'

import { backoff } from './backoff.ts'

interface StreamOptions {
  url: string
  /** All features, as JSON. */
  onFeatures(json: string): void
  /** There may be others to read. */
  onHint(): void
}

/** A stream that lasted so long was a good one: GrowthBook's proxy ends each after 30 s, to be opened again. */
const GOOD_MS = 10_000

/**
 * GrowthBook's server-sent events: `features` brings all of them, `features-updated` says that they are to be read. It
 * is opened again for as long as it is followed, later each time that it fails; what was missed meanwhile is read when
 * it opens.
 */
export function followFeatureStream({ url, onFeatures, onHint }: StreamOptions): { stop(): void } {
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let close = connect()

  function connect(): () => void {
    const cutting = new AbortController()
    let openedAt: number | undefined
    // The package cuts neither an answer that is no stream nor one that never begins; this does.
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
        // The package sets its own timer after it has told of the error: closing ends that too.
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
