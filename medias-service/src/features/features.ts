import { featureEndpoints } from '@likeness/internal-api'
import { call, type ServiceClient } from '@likeness/service-kit/client'
import { callerAttributes, type CallerAttributes } from '@likeness/service-kit/identity'
import { type Caller, type ServiceCaller, createCache, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { gateKeys, gates, type Gate } from './gates.ts'

export interface Features {
  /** Whether a gate is on for the caller. The value comes from the cache, except for a new caller. */
  isOn(gate: Gate, caller: Caller | ServiceCaller | undefined): Promise<boolean>
}

interface Known {
  values: Partial<Record<Gate, boolean>>
  at: number
}

/** Maximum number of callers in the cache. */
const MAX_CALLERS = 10_000
/** A value up to this age is used while a new one is fetched. Older values are used only if no new one arrives. */
const USABLE_MS = 300_000
const CACHED_MS = 86_400_000
/** The longest time that a delivery waits for main-service. */
const LIMIT_MS = 200
/** After a failure, main-service is not called again for this long. */
const PAUSE_MS = 5_000

/**
 * Feature flags from main-service, cached for each caller. While main-service is unavailable, the last values apply, or
 * the defaults of the gates. A request waits at most `LIMIT_MS` for main-service.
 *
 * @param options.freshMs how long a value is used before it is fetched again; a change takes effect after this time
 */
export function createFeatures(mainService: ServiceClient, logger: Logger, { freshMs }: { freshMs: number }): Features {
  const cached = createCache<Known>({ max: MAX_CALLERS, ttlMs: CACHED_MS })
  const pending = new Map<string, Promise<Known | undefined>>()
  let pausedUntil = 0

  async function fetchValues(attributes: CallerAttributes): Promise<Known> {
    const body = { keys: gateKeys, attributes: { ...attributes } }
    const { features } = await call(mainService, featureEndpoints.evaluate, { body })
    const values = gateKeys.flatMap((gate) => (features[gate] ? [[gate, Boolean(features[gate].value)] as const] : []))
    return { values: Object.fromEntries(values), at: Date.now() }
  }

  /** Sends at most one request at a time for each caller. */
  function refresh(who: string, attributes: CallerAttributes): Promise<Known | undefined> {
    const inProgress = pending.get(who)
    if (inProgress) return inProgress
    if (Date.now() < pausedUntil) return Promise.resolve(undefined)
    const answer = fetchValues(attributes)
      .then(
        (known) => {
          cached.set(who, known)
          return known
        },
        (error: unknown) => {
          pausedUntil = Date.now() + PAUSE_MS
          logger.warn({ event: 'features.unknown', error })
          return undefined
        },
      )
      .finally(() => pending.delete(who))
    pending.set(who, answer)
    return answer
  }

  return {
    async isOn(gate, caller) {
      const attributes = callerAttributes(caller)
      const who = JSON.stringify(attributes)
      const known = cached.get(who)
      const age = known ? Date.now() - known.at : Infinity
      if (known && age < freshMs) return known.values[gate] ?? gates[gate].standard
      const answer = refresh(who, attributes)
      const latest =
        known && age < USABLE_MS
          ? known
          : ((await pTimeout(answer, { milliseconds: LIMIT_MS, message: false })) ?? known)
      return latest?.values[gate] ?? gates[gate].standard
    },
  }
}
