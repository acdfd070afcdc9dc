import { clientNetwork, createCounter, type Caller, type Metrics } from '@likeness/service-kit/process'

import { mediaProblems } from '../problems.ts'

/** Maximum numbers of event streams that are open in this process at once. */
export interface StreamLimits {
  total: number
  /** Streams of one user, or of one API key. */
  perCaller: number
  /** All streams from one network address. */
  perAddress: number
  /** Streams without a token from one network address. */
  anonymousPerAddress: number
}

interface Client {
  caller: Caller | undefined
  address: string
}

/** Limits the number of open event streams. */
export interface StreamLimiter {
  /**
   * Acquires a slot.
   *
   * @returns a function that releases it; a second call has no effect
   * @throws {Problem} 429 `too-many-streams`, or 503 `events-unavailable` if the process has no free slot.
   */
  acquireSlot(client: Client): () => void
}

/** The time after which a rejected client can try again: some clients close their streams every few seconds. */
const RETRY_AFTER_SECONDS = 10

export function createStreamLimiter(limits: StreamLimits, metrics: Metrics): StreamLimiter {
  const countRejected = createCounter(metrics, {
    name: 'likeness_event_streams_rejected_total',
    help: 'Event streams that were rejected, by the limit that was reached: caller, address, anonymous or process.',
    labels: ['limit'],
  })
  const open = new Map<string, number>()
  const countOf = (key: string) => open.get(key) ?? 0
  const add = (key: string, difference: number) => {
    const count = countOf(key) + difference
    if (count === 0) open.delete(key)
    else open.set(key, count)
  }

  return {
    acquireSlot(client) {
      const slots = slotsOf(client, limits)
      const reached = slots.find(({ key, maximum }) => countOf(key) >= maximum)
      if (reached) {
        countRejected({ limit: reached.limit })
        if (reached.limit === 'process') throw mediaProblems.eventsUnavailable(RETRY_AFTER_SECONDS)
        throw mediaProblems.tooManyStreams(reached.maximum, RETRY_AFTER_SECONDS)
      }
      for (const { key } of slots) add(key, 1)
      let isHeld = true
      return () => {
        if (isHeld) for (const { key } of slots) add(key, -1)
        isHeld = false
      }
    },
  }
}

/** The counts to which a stream of this client belongs, with their maximums. */
function slotsOf({ caller, address }: Client, limits: StreamLimits) {
  const network = clientNetwork(address)
  return [
    caller
      ? { limit: 'caller', key: `caller ${caller.claims.key ?? caller.id}`, maximum: limits.perCaller }
      : { limit: 'anonymous', key: `anonymous ${network}`, maximum: limits.anonymousPerAddress },
    { limit: 'address', key: `address ${network}`, maximum: limits.perAddress },
    { limit: 'process', key: 'process', maximum: limits.total },
  ]
}
