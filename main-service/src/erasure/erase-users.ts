import { setTimeout as pause } from 'node:timers/promises'

import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Maindb } from '../maindb.ts'
import { beginErasures, ERASURE_BATCH } from './begin-erasures.ts'
import { listErasable, listUnerased, type Erasable } from './erasure-rows.ts'

interface ErasureOptions extends Erasable {
  isDryRun: boolean
  /** Starts the deliveries to medias-service. */
  startDelivering(): BackgroundTask
  /** Prints a line. */
  say(line: string): unknown
}

const LOOK_EVERY_MS = 200
/** The command ends when all deliveries have failed for this long; main-service continues them. */
const PATIENCE_MS = 10_000

/**
 * Erases users and prints a line for each. An erasure that cannot be finished has begun, and main-service continues it.
 *
 * @returns the exit code: 0 when all are erased, 1 when some wait for medias-service.
 * @throws Error when the named user is unknown, not deleted, or not deleted for long enough.
 */
export async function eraseUsers(maindb: Maindb, options: ErasureOptions): Promise<number> {
  const { isDryRun, say } = options
  if (isDryRun) return listDryRun(maindb, options)

  const delivering = options.startDelivering()
  try {
    let erased = 0
    let begun: string[]
    do {
      begun = await beginOrFindBegun(maindb, options)
      const waiting = await untilErased(maindb, begun, (id) => say(`${id}  erased`))
      erased += begun.length - waiting.length
      for (const { id, reason } of waiting) say(`${id}  waits for medias-service: ${reason}`)
      if (waiting.length > 0) {
        say(`${erased} erased, ${waiting.length} begun. main-service continues those, and they cannot be restored.`)
        return 1
      }
    } while (begun.length === ERASURE_BATCH)
    say(`${erased} erased.`)
    return 0
  } finally {
    await delivering.stop()
  }
}

async function listDryRun(maindb: Maindb, options: ErasureOptions): Promise<number> {
  const { userId, say } = options
  const found = await listErasable(maindb, options)
  if (found.length === 0 && userId !== undefined) {
    await assertBegun(maindb, { ...options, userId })
    say(`${userId}  is already being erased.`)
  }
  for (const { id, deletedAt } of found) say(`${id}  deleted ${deletedAt.toISOString()}`)
  say(`${found.length} would be erased; nothing was done.`)
  return 0
}

async function beginOrFindBegun(maindb: Maindb, options: ErasureOptions): Promise<string[]> {
  const { userId } = options
  const begun = await beginErasures(maindb, options)
  if (begun.length > 0 || userId === undefined) return begun
  await assertBegun(maindb, { ...options, userId })
  return [userId]
}

/** @throws Error with the reason when the erasure of this user has not begun. */
async function assertBegun(maindb: Maindb, which: Erasable & { userId: string }): Promise<void> {
  const { userId, olderThanDays } = which
  const state = await maindb.User.findByPk(userId)
  if (!state) throw new Error(`There is no user ${userId}.`)
  if (!state.deletedAt) throw new Error(`The user ${userId} is not deleted. Only deleted users can be erased.`)
  if (state.erasingAt) return
  const deletedAt = state.deletedAt.toISOString()
  if ((await listErasable(maindb, which)).length > 0) {
    throw new Error(`The row of the user ${userId} is locked by another transaction. Try again.`)
  }
  throw new Error(`The user ${userId} was deleted less than ${olderThanDays} days ago, ${deletedAt}.`)
}

/** Waits until these users are erased, or no delivery has succeeded for `PATIENCE_MS`. @returns the remaining users. */
async function untilErased(maindb: Maindb, ids: string[], onErased: (id: string) => unknown) {
  let left = ids
  let movedAt = performance.now()
  while (left.length > 0) {
    const waiting = await listUnerased(maindb, left)
    const isThere = new Set(waiting.map(({ id }) => id))
    const gone = left.filter((id) => !isThere.has(id))
    for (const id of gone) onErased(id)
    left = left.filter((id) => isThere.has(id))
    const isMoving = gone.length > 0 || waiting.some(({ reason }) => reason === null)
    if (isMoving) movedAt = performance.now()
    else if (performance.now() - movedAt > PATIENCE_MS) return waiting
    await pause(LOOK_EVERY_MS)
  }
  return []
}
