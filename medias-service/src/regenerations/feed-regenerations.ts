import { setTimeout as sleep } from 'node:timers/promises'

import type { BackgroundTask } from '@likeness/service-kit'

import type { Context } from '../context.ts'
import { listRunning } from './regeneration-rows.ts'
import { stepRegeneration } from './step-regeneration.ts'

/** How often regenerations are looked at: a fleet takes longer for what is on its way. */
const LOOK_EVERY_MS = 500
/** Between two steps of one that has more to do, so that a large library leaves the database to others. */
const PAUSE_MS = 50

/**
 * Keeps every regeneration going that runs. Any number of services may: of each, one at a time takes a step, and the
 * others pass it over.
 */
export function startFeeding(context: Context): BackgroundTask {
  const { logger, mediasdb, publisher } = context
  const stopping = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

  async function stepEach(): Promise<boolean> {
    let goesOn = false
    for (const id of await listRunning(mediasdb)) {
      if (stopping.signal.aborted) return false
      const outcome = await stepRegeneration(context, id, { isPublishing: publisher.isReady() })
      if (outcome === 'goes-on') goesOn = true
    }
    return goesOn
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const goesOn = await stepEach().catch((error: unknown) => {
        logger.warn({ event: 'regenerations.not-fed', error })
        return false
      })
      await pause(goesOn ? PAUSE_MS : LOOK_EVERY_MS)
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
