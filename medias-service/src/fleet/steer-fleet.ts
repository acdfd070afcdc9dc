import { assertMatch } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { lockSlots } from './fleet-rows.ts'

/** Lets every worker take no more jobs, or take them again; what is in hand is finished. */
export async function pauseFleet({ mediasdb, logger }: Context, paused: boolean): Promise<{ paused: boolean }> {
  const changed = await mediasdb.Fleet.update({ paused }, { where: { paused: !paused } })
  if (changed > 0) logger.info({ event: paused ? 'fleet.paused' : 'fleet.resumed' })
  return { paused }
}

/**
 * Says how many pictures each worker renders at once.
 *
 * @param slots null: as many as each was started with
 * @throws {Problem} 412.
 */
export async function limitFleet(
  { mediasdb, logger }: Context,
  slots: number | null,
  ifMatch: string | undefined,
): Promise<{ slots: number | null }> {
  await mediasdb.transaction(async (unit) => {
    const before = await lockSlots(unit)
    assertMatch(ifMatch, { slots: before })
    if (before === slots) return
    await unit.Fleet.update({ slots }, { where: { id: true } })
    logger.info({ event: 'fleet.slots', slots, before })
  })
  return { slots }
}
