import { setTimeout as sleep } from 'node:timers/promises'

import { type Mediasdb, readFleet } from '@likeness/mediasdb'
import { isDatabaseUnavailable } from '@likeness/postgres'

import { presentRegeneration } from './regeneration-presenter.ts'
import { findRegeneration, listFailures } from './regeneration-rows.ts'

export type ShownRegeneration = ReturnType<typeof presentRegeneration>

/** The output of the command. */
export interface ProgressDisplay {
  show(regeneration: ShownRegeneration): void
  /** Prints a line in addition to the progress. */
  print(line: string): void
  close(): void
}

const POLL_EVERY_MS = 250
/** Interval between two attempts while the database is unavailable. */
const RETRY_EVERY_MS = 1_000
/** After this time without progress, the likely reason is printed. */
const PATIENCE_MS = 15_000
const FAILURES_PRINTED = 10

/**
 * Shows the progress of a regeneration until it ends or the signal aborts.
 *
 * @returns the exit code: 0 when done; 1 after a failure or a cancellation; 130 after the signal
 * @throws Error when the regeneration does not exist
 */
export async function watchRegeneration(
  mediasdb: Mediasdb,
  id: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<number> {
  let shown = ''
  let movedAt = performance.now()
  try {
    for (;;) {
      const regeneration = await readWhenAvailable(mediasdb, id, display, signal)
      if (!regeneration) return leave(id, display)
      display.show(regeneration)
      if (regeneration.status !== 'running') return await printEnd(mediasdb, regeneration, display)
      const { total, done, failed } = regeneration
      const progress = `${total} ${done} ${failed}`
      if (progress !== shown) movedAt = performance.now()
      shown = progress
      if (performance.now() - movedAt > PATIENCE_MS) {
        display.print(await likelyReason(mediasdb))
        movedAt = Number.POSITIVE_INFINITY
      }
      await sleep(POLL_EVERY_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return leave(id, display)
    }
  } finally {
    display.close()
  }
}

/** Waits while the database is unavailable, and prints that once. @returns null when the signal aborts first */
async function readWhenAvailable(
  mediasdb: Mediasdb,
  id: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<ShownRegeneration | null> {
  for (let isPrinted = false; !signal.aborted; isPrinted = true) {
    try {
      return await readRegeneration(mediasdb, id)
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
      if (!isPrinted) display.print('The database is unavailable. Waiting until it is available again.')
      await sleep(RETRY_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }
  return null
}

async function readRegeneration(mediasdb: Mediasdb, id: string): Promise<ShownRegeneration> {
  const row = await findRegeneration(mediasdb, id)
  if (!row) throw new Error(`The regeneration ${id} does not exist.`)
  return presentRegeneration(row)
}

async function likelyReason(mediasdb: Mediasdb): Promise<string> {
  const { paused } = await readFleet(mediasdb)
  return paused
    ? 'The workers are paused. The regeneration continues when they are resumed.'
    : 'There is no progress. Check that medias-service, a worker and RabbitMQ are running. Uploads have priority.'
}

async function printEnd(
  mediasdb: Mediasdb,
  { id, status, done, failed }: ShownRegeneration,
  display: ProgressDisplay,
): Promise<number> {
  display.close()
  for (const { mediaId, code, reason } of await listFailures(mediasdb, id, FAILURES_PRINTED)) {
    display.print(`${mediaId}  ${code}: ${reason}`)
  }
  if (failed > FAILURES_PRINTED) {
    display.print(`… and ${failed - FAILURES_PRINTED} more: GET /api/v1/regenerations/${id}`)
  }
  display.print(`${done} done, ${failed} failed${status === 'cancelled' ? '. The regeneration was cancelled' : ''}.`)
  return failed > 0 || status === 'cancelled' ? 1 : 0
}

function leave(id: string, display: ProgressDisplay): number {
  display.close()
  display.print(`The regeneration continues. To watch it again: --watch ${id}. To cancel it: --cancel ${id}`)
  return 130
}
