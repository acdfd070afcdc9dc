import { featureEndpoints } from '@likeness/internal-api'
import { call, type ServiceClient } from '@likeness/service-kit/client'
import { callerAttributes, type CallerAttributes } from '@likeness/service-kit/identity'
import { type Caller, type ServiceCaller, createMemory, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { gateKeys, gates, type Gate } from './gates.ts'

export interface Features {
  /** Whether a gate is open to whoever asks; answered from memory, but for the first time that somebody comes. */
  isOn(gate: Gate, caller: Caller | ServiceCaller | undefined): Promise<boolean>
}

interface Known {
  values: Partial<Record<Gate, boolean>>
  at: number
}

/** Callers remembered. */
const CALLERS = 10_000
/** So long it is given at once while a new one is fetched; longer while main-service is away. */
const USABLE_MS = 300_000
const KEPT_MS = 86_400_000
/** The most that a delivery waits for main-service. */
const LIMIT_MS = 200
/** After a failure, main-service is not asked again for this long. */
const PAUSE_MS = 5_000

/**
 * Feature flags, from main-service, remembered for each caller. While it is away what it said last holds, or each
 * gate's own default; nobody waits for it long.
 *
 * @param options.freshMs so long an answer is as good as new: a switch is felt that late
 */
export function createFeatures(mainService: ServiceClient, logger: Logger, { freshMs }: { freshMs: number }): Features {
  const remembered = createMemory<Known>({ max: CALLERS, keptMs: KEPT_MS })
  const asking = new Map<string, Promise<Known | undefined>>()
  let pausedUntil = 0

  async function ask(attributes: CallerAttributes): Promise<Known> {
    const body = { keys: gateKeys, attributes: { ...attributes } }
    const { features } = await call(mainService, featureEndpoints.evaluate, { body })
    const values = gateKeys.flatMap((gate) => (features[gate] ? [[gate, Boolean(features[gate].value)] as const] : []))
    return { values: Object.fromEntries(values), at: Date.now() }
  }

  /** One question for each caller at a time. */
  function refresh(who: string, attributes: CallerAttributes): Promise<Known | undefined> {
    const underWay = asking.get(who)
    if (underWay) return underWay
    if (Date.now() < pausedUntil) return Promise.resolve(undefined)
    const answer = ask(attributes)
      .then(
        (known) => {
          remembered.set(who, known)
          return known
        },
        (error: unknown) => {
          pausedUntil = Date.now() + PAUSE_MS
          logger.warn({ event: 'features.unknown', error })
          return undefined
        },
      )
      .finally(() => asking.delete(who))
    asking.set(who, answer)
    return answer
  }

  return {
    async isOn(gate, caller) {
      const attributes = callerAttributes(caller)
      const who = JSON.stringify(attributes)
      const known = remembered.get(who)
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
