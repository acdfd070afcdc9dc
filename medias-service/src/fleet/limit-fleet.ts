import { assertMatch } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { lockSlots } from './fleet-rows.ts'

/**
 * Sets the number of slots per worker.
 *
 * @param slots null: each worker's own setting
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
