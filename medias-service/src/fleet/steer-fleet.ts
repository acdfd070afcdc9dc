import { assertMatch } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { lockSlots, writePaused, writeSlots } from './fleet-rows.ts'

/** Lets every worker take no more jobs, or take them again; what is in hand is finished. */
export async function pauseFleet({ mediasdb, logger }: Context, paused: boolean): Promise<{ paused: boolean }> {
  if (await writePaused(mediasdb, paused)) logger.info({ event: paused ? 'fleet.paused' : 'fleet.resumed' })
  return { paused }
}

/**
 * Says how many pictures each worker renders at once.
 *
 * @param slots null: as many as each was started with
 * @throws {Problem} 412.
 */
export async function limitFleet(
  { database, mediasdb, logger }: Context,
  slots: number | null,
  ifMatch: string | undefined,
): Promise<{ slots: number | null }> {
  await database.transaction(async (transaction) => {
    const before = await lockSlots(mediasdb, transaction)
    assertMatch(ifMatch, { slots: before })
    if (before === slots) return
    await writeSlots(mediasdb, slots, transaction)
    logger.info({ event: 'fleet.slots', slots, before })
  })
  return { slots }
}
