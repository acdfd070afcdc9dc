import { setTimeout as pause } from 'node:timers/promises'

import type { BackgroundTask } from '@likeness/service-kit/process'

import type { Maindb } from '../maindb.ts'
import { beginErasures, ERASURE_BATCH } from './begin-erasures.ts'
import { listErasable, listUnerased, type Erasable } from './erasure-rows.ts'

interface ErasureOptions extends Erasable {
  isDryRun: boolean
  /** Starts the deliveries to medias-service. */
  startDelivering(): BackgroundTask
  print(line: string): unknown
}

const POLL_MS = 200
/** The command ends after all deliveries have failed for this long. main-service continues them. */
const STALL_LIMIT_MS = 10_000

/**
 * Erases users and prints a line for each. If an erasure cannot be finished now, main-service continues it later.
 *
 * @returns the exit code: 0 if all are erased, 1 if some erasures wait for medias-service.
 * @throws Error if the named user is unknown, is not deleted, or was deleted too recently.
 */
export async function eraseUsers(maindb: Maindb, options: ErasureOptions): Promise<number> {
  const { isDryRun, print } = options
  if (isDryRun) return listDryRun(maindb, options)

  const delivering = options.startDelivering()
  try {
    let erased = 0
    let begun: string[]
    do {
      begun = await beginOrFindBegun(maindb, options)
      const waiting = await untilErased(maindb, begun, (id) => print(`${id}  erased`))
      erased += begun.length - waiting.length
      for (const { id, reason } of waiting) print(`${id}  waiting for medias-service: ${reason}`)
      if (waiting.length > 0) {
        print(`Erased: ${erased}. Waiting for medias-service: ${waiting.length}.`)
        print('main-service will finish the waiting erasures. These users can no longer be restored.')
        return 1
      }
    } while (begun.length === ERASURE_BATCH)
    print(`Erased: ${erased}.`)
    return 0
  } finally {
    await delivering.stop()
  }
}

async function listDryRun(maindb: Maindb, options: ErasureOptions): Promise<number> {
  const { userId, print } = options
  const found = await listErasable(maindb, options)
  if (found.length === 0 && userId !== undefined) {
    await assertBegun(maindb, { ...options, userId })
    print(`${userId}  erasure has already started`)
  }
  for (const { id, deletedAt } of found) print(`${id}  deleted ${deletedAt.toISOString()}`)
  print(`Would be erased: ${found.length}. Nothing was changed.`)
  return 0
}

async function beginOrFindBegun(maindb: Maindb, options: ErasureOptions): Promise<string[]> {
  const { userId } = options
  const begun = await beginErasures(maindb, options)
  if (begun.length > 0 || userId === undefined) return begun
  await assertBegun(maindb, { ...options, userId })
  return [userId]
}

/** @throws Error with the reason if the erasure of this user has not begun. */
async function assertBegun(maindb: Maindb, which: Erasable & { userId: string }): Promise<void> {
  const { userId, olderThanDays } = which
  const state = await maindb.User.findByPk(userId)
  if (!state) throw new Error(`No user has the id ${userId}.`)
  if (!state.deletedAt) throw new Error(`The user ${userId} is not deleted. Only deleted users can be erased.`)
  if (state.erasingAt) return
  const deletedAt = state.deletedAt.toISOString()
  if ((await listErasable(maindb, which)).length > 0) {
    throw new Error(`The row of the user ${userId} is locked by another transaction. Try again.`)
  }
  throw new Error(`The user ${userId} was deleted less than ${olderThanDays} days ago, at ${deletedAt}.`)
}

/**
 * Waits until these users are erased, or until no delivery has succeeded for `STALL_LIMIT_MS`.
 *
 * @returns the remaining users.
 */
async function untilErased(maindb: Maindb, ids: string[], onErased: (id: string) => unknown) {
  let remaining = ids
  let progressedAt = performance.now()
  while (remaining.length > 0) {
    const waiting = await listUnerased(maindb, remaining)
    const unerased = new Set(waiting.map(({ id }) => id))
    const erased = remaining.filter((id) => !unerased.has(id))
    for (const id of erased) onErased(id)
    remaining = remaining.filter((id) => unerased.has(id))
    const progresses = erased.length > 0 || waiting.some(({ reason }) => reason === null)
    if (progresses) progressedAt = performance.now()
    else if (performance.now() - progressedAt > STALL_LIMIT_MS) return waiting
    await pause(POLL_MS)
  }
  return []
}
