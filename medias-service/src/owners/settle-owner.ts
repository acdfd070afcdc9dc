import { setTimeout as sleep } from 'node:timers/promises'

import type { MediasdbUnit, OwnerState } from '@likeness/mediasdb'

import { releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { deleteMediaRows } from '../media/media-rows.ts'
import { holdsOfOwner, readOwner, recordOwner, type KnownOwner, type ToldOwner } from '../media/owner-rows.ts'
import { enqueueUnfinished } from '../outbox/outbox-rows.ts'
import { lockSomeOfOwner, restoreWithOwner, trashWithOwner } from './owner-media-rows.ts'

/** A call returns unfinished after this time and must be repeated. main-service waits 4 s. */
const LIMIT_MS = 3_000
/** Rows in a batch without files, which takes about 50 ms. */
const ROWS = 500
/** Rows in a batch that also deletes files. */
const ROWS_WITH_FILES = 20
/** Pause when the remaining rows are locked by other transactions, which take milliseconds. */
const PAUSE_MS = 50

export interface SettledOwner extends KnownOwner {
  /** How many media this call moved. */
  media: number
}

/**
 * Applies an owner's state to the owner's media: trashes them for `deleted`, restores them for `active`, and deletes
 * them for `erased`. Media that the owner had trashed stay in the trash.
 *
 * Works in batches, each a transaction that holds the owner's lock. So it may be interrupted anywhere, run
 * concurrently, or be overtaken by a newer state. Another call with the same revision continues.
 *
 * @returns the stored state, which differs from the reported one if that was older
 * @throws the errors of the store
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
  // Rows are deleted before their files. Stop now if the store is unavailable, so that fewer files are left to
  // housekeeping.
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

  // The jobs of trashed media were dropped. Nobody waits for these renders and there may be thousands, so use bulk.
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

/** Moves a batch of media in a transaction, unless the owner's state has changed. */
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
