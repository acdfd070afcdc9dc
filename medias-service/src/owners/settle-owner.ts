import { setTimeout as sleep } from 'node:timers/promises'

import type { MediasdbUnit, OwnerState } from '@likeness/mediasdb'

import { releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { deleteMediaRows } from '../media/media-rows.ts'
import { holdsOfOwner, readOwner, recordOwner, type KnownOwner, type ToldOwner } from '../media/owner-rows.ts'
import { enqueueUnfinished } from '../outbox/outbox-rows.ts'
import { lockSomeOfOwner, restoreWithOwner, trashWithOwner } from './owner-media-rows.ts'

/** What a call may take before it asks to be called again; main-service waits 4 s. */
const LIMIT_MS = 3_000
/** Rows alone are quick: some 50 ms for so many. */
const ROWS = 500
/** Each of these takes its files with it. */
const ROWS_WITH_FILES = 20
/** When what is left is in others' hands, which take milliseconds. */
const PAUSE_MS = 50

export interface SettledOwner extends KnownOwner {
  /** How many media were moved, by this call alone. */
  media: number
}

/**
 * Does with an owner's media what main-service says of the owner: into the trash with one who is deleted, out of it
 * with one who is back, and gone with one who is erased. What the owner had trashed stays trashed.
 *
 * Works in batches, each a transaction that holds the owner's state, so that it may be killed anywhere, called twice
 * or at once, or overtaken by news: whoever calls with the same revision again goes on where it ended.
 *
 * @returns what is known of the owner, which is something else than what was told where that was old news
 * @throws what the store throws
 */
export async function settleOwner(
  context: Context,
  ownerId: string,
  told: ToldOwner,
  { limitMs = LIMIT_MS }: { limitMs?: number } = {},
): Promise<SettledOwner> {
  const { mediasdb, store, logger } = context
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  const goesOn = (owner: KnownOwner) => !owner.done && owner.revision === told.revision && owner.state === told.state

  let owner = await recordOwner(mediasdb, ownerId, told)
  let media = 0
  // Rows that went before their files leave those to housekeeping: not one more while the store is away.
  if (goesOn(owner) && told.state === 'erased') await store.check()
  while (goesOn(owner)) {
    const moved = await moves[told.state](context, ownerId, told)
    media += moved
    owner = await readOwner(mediasdb, ownerId)
    if (elapsed() >= limitMs) break
    if (moved === 0 && goesOn(owner)) await sleep(PAUSE_MS)
  }
  logger.info({ event: 'owner.settled', ownerId, ...owner, media, ms: Math.round(elapsed()) })
  return { ...owner, media }
}

type Move = (context: Context, ownerId: string, told: ToldOwner) => Promise<number>

const moves: Record<OwnerState, Move> = {
  deleted: async (context, ownerId, told) => {
    const trashed = await whileItHolds(context, ownerId, told, (unit) => trashWithOwner(unit, ownerId, ROWS))
    return trashed.length
  },

  // Jobs of trashed media were dropped. Nobody waits at a screen for these, and there may be thousands.
  active: async (context, ownerId, told) => {
    const restored = await whileItHolds(context, ownerId, told, async (unit) => {
      const ids = await restoreWithOwner(unit, ownerId, ROWS)
      await enqueueUnfinished(unit, ids, 'bulk')
      return ids
    })
    return restored.length
  },

  erased: async (context, ownerId, told) => {
    let blobIds: string[] = []
    const deleted = await whileItHolds(context, ownerId, told, async (unit) => {
      const ids = await lockSomeOfOwner(unit, ownerId, ROWS_WITH_FILES)
      blobIds = await deleteMediaRows(unit, ids)
      return ids
    })
    await releaseBlobs(context, blobIds)
    return deleted.length
  },
}

/** Moves some media in a transaction, unless something else has been told of the owner since. */
async function whileItHolds(
  { mediasdb, ownerMetrics }: Context,
  ownerId: string,
  told: ToldOwner,
  move: (unit: MediasdbUnit) => Promise<string[]>,
): Promise<string[]> {
  const moved = await mediasdb.transaction(async (unit) =>
    (await holdsOfOwner(unit, ownerId, told)) ? move(unit) : [],
  )
  ownerMetrics.countMoved(told.state, moved.length)
  return moved
}
