import { setTimeout as sleep } from 'node:timers/promises'

import { type Mediasdb, readFleet } from '@likeness/mediasdb'
import { isDatabaseAway } from '@likeness/postgres'

import { presentRegeneration } from './regeneration-presenter.ts'
import { findRegeneration, listFailures } from './regeneration-rows.ts'

export type ShownRegeneration = ReturnType<typeof presentRegeneration>

/** Where progress is shown. */
export interface ProgressDisplay {
  show(regeneration: ShownRegeneration): void
  /** Prints a line in addition to the progress. */
  say(line: string): void
  close(): void
}

const LOOK_EVERY_MS = 250
const LOOK_AGAIN_MS = 1_000
/** After this time without progress, the likely reason is printed. */
const PATIENCE_MS = 15_000
const FAILURES_TOLD = 10

/**
 * Shows the progress of a regeneration until it ends or the signal aborts.
 *
 * @returns the exit code: 0 when done, 1 with failures or when cancelled, 130 after the signal
 * @throws Error when the regeneration does not exist
 */
export async function watchRegeneration(
  mediasdb: Mediasdb,
  id: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<number> {
  let seen = ''
  let movedAt = performance.now()
  try {
    for (;;) {
      const regeneration = await readOnceThere(mediasdb, id, display, signal)
      if (!regeneration) return leave(id, display)
      display.show(regeneration)
      if (regeneration.status !== 'running') return await tellEnd(mediasdb, regeneration, display)
      const { total, done, failed } = regeneration
      const moved = `${total} ${done} ${failed}`
      if (moved !== seen) movedAt = performance.now()
      seen = moved
      if (performance.now() - movedAt > PATIENCE_MS) {
        display.say(await whyNothingMoves(mediasdb))
        movedAt = Number.POSITIVE_INFINITY
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return leave(id, display)
    }
  } finally {
    display.close()
  }
}

/** Waits while the database is unavailable and prints that once. @returns null when the signal aborts first */
async function readOnceThere(
  mediasdb: Mediasdb,
  id: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<ShownRegeneration | null> {
  for (let isTold = false; !signal.aborted; isTold = true) {
    try {
      return await readRegeneration(mediasdb, id)
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      if (!isTold) display.say('The database is unavailable. The progress continues when it is back.')
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
  return null
}

async function readRegeneration(mediasdb: Mediasdb, id: string): Promise<ShownRegeneration> {
  const row = await findRegeneration(mediasdb, id)
  if (!row) throw new Error(`The regeneration ${id} does not exist.`)
  return presentRegeneration(row)
}

async function whyNothingMoves(mediasdb: Mediasdb): Promise<string> {
  const { paused } = await readFleet(mediasdb)
  return paused
    ? 'The workers are paused. The regeneration continues when they are resumed.'
    : 'There is no progress. Check that medias-service, a worker and the broker are running. Uploads have priority.'
}

async function tellEnd(
  mediasdb: Mediasdb,
  { id, status, done, failed }: ShownRegeneration,
  display: ProgressDisplay,
): Promise<number> {
  display.close()
  for (const { mediaId, code, reason } of await listFailures(mediasdb, id, FAILURES_TOLD)) {
    display.say(`${mediaId}  ${code}: ${reason}`)
  }
  if (failed > FAILURES_TOLD) display.say(`… and ${failed - FAILURES_TOLD} more: GET /api/v1/regenerations/${id}`)
  display.say(`${done} done, ${failed} failed${status === 'cancelled' ? '; cancelled before the rest' : ''}.`)
  return failed > 0 || status === 'cancelled' ? 1 : 0
}

function leave(id: string, display: ProgressDisplay): number {
  display.close()
  display.say(`The regeneration continues. To watch it again: --watch ${id}. To cancel it: --cancel ${id}`)
  return 130
}
