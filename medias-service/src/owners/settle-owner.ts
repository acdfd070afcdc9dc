import { setTimeout as sleep } from 'node:timers/promises'

import type { MediasdbUnit, OwnerState } from '@likeness/mediasdb'

import { releaseBlobs } from '../blobs/release-blobs.ts'
import type { Context } from '../context.ts'
import { deleteMediaRows } from '../media/media-rows.ts'
import { isOwnerStill, readOwner, recordOwner, type KnownOwner, type ReportedOwner } from '../media/owner-rows.ts'
import { enqueueUnfinished } from '../outbox/outbox-rows.ts'
import { lockMediaOfOwner, restoreWithOwner, trashWithOwner } from './owner-media-rows.ts'

/** After this time, a call returns with `done: false` and must be repeated. main-service waits 4 s for a response. */
const LIMIT_MS = 3_000
/** Number of rows in a batch that deletes no files. Such a batch takes about 50 ms. */
const ROWS = 500
/** Number of rows in a batch that also deletes files. */
const ROWS_WITH_FILES = 20
/** Pause when the remaining rows are locked by other transactions, which take milliseconds. */
const PAUSE_MS = 50

export interface SettledOwner extends KnownOwner {
  /** Number of media that this call trashed, restored or deleted. */
  media: number
}

/**
 * Applies an owner's state to the owner's media: trashes them for `deleted`, restores them for `active`, and deletes
 * them for `erased`. Media that the owner had trashed stay in the trash.
 *
 * Works in batches, each in a transaction that holds the owner's lock. A call can be interrupted at any point, run
 * concurrently with another one, or be superseded by a newer state. Another call with the same revision continues.
 *
 * @returns the stored state, which differs from the reported state if the report was older
 * @throws the errors of the store
 */
export async function settleOwner(
  context: Context,
  ownerId: string,
  reported: ReportedOwner,
  { limitMs = LIMIT_MS }: { limitMs?: number } = {},
): Promise<SettledOwner> {
  const { mediasdb, store, logger } = context
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  const isUnfinished = (owner: KnownOwner) =>
    !owner.done && owner.revision === reported.revision && owner.state === reported.state

  let owner = await recordOwner(mediasdb, ownerId, reported)
  let media = 0
  // Rows are deleted before their files. If the store is unavailable, stop before any row is deleted. Otherwise,
  // housekeeping would have to delete the files later.
  if (isUnfinished(owner) && reported.state === 'erased') await store.check('originals/')
  while (isUnfinished(owner)) {
    const moved = await moves[reported.state](context, ownerId, reported)
    media += moved
    owner = await readOwner(mediasdb, ownerId)
    if (elapsed() >= limitMs) break
    if (moved === 0 && isUnfinished(owner)) await sleep(PAUSE_MS)
  }
  logger.info({ event: 'owner.settled', ownerId, ...owner, media, ms: Math.round(elapsed()) })
  return { ...owner, media }
}

type Move = (context: Context, ownerId: string, reported: ReportedOwner) => Promise<number>

const moves: Record<OwnerState, Move> = {
  deleted: async (context, ownerId, reported) => {
    const trashed = await moveBatch(context, ownerId, reported, (unit) => trashWithOwner(unit, ownerId, ROWS))
    return trashed.length
  },

  // Workers dropped the jobs of the trashed media. Nobody waits for these renders, and there may be thousands of them,
  // so they use the bulk queue.
  active: async (context, ownerId, reported) => {
    const restored = await moveBatch(context, ownerId, reported, async (unit) => {
      const ids = await restoreWithOwner(unit, ownerId, ROWS)
      await enqueueUnfinished(unit, ids, 'bulk')
      return ids
    })
    return restored.length
  },

  erased: async (context, ownerId, reported) => {
    let blobIds: string[] = []
    const deleted = await moveBatch(context, ownerId, reported, async (unit) => {
      const ids = await lockMediaOfOwner(unit, ownerId, ROWS_WITH_FILES)
      blobIds = await deleteMediaRows(unit, ids)
      return ids
    })
    await releaseBlobs(context, blobIds)
    return deleted.length
  },
}

/** Moves a batch of media in a transaction, unless the owner's state has changed. @returns the ids of the media */
async function moveBatch(
  { mediasdb, ownerMetrics }: Context,
  ownerId: string,
  reported: ReportedOwner,
  move: (unit: MediasdbUnit) => Promise<string[]>,
): Promise<string[]> {
  const moved = await mediasdb.transaction(async (unit) =>
    (await isOwnerStill(unit, ownerId, reported)) ? move(unit) : [],
  )
  ownerMetrics.countMoved(reported.state, moved.length)
  return moved
}
