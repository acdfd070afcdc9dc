import { assertMatch } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { mediaProblems } from '../problems.ts'
import { presentWhole } from './regeneration-presenter.ts'
import { cancelRunning, listFailures, lockRegeneration } from './regeneration-rows.ts'
import { FAILURES_SHOWN } from './regeneration-schema.ts'

/**
 * Cancels a regeneration. Pictures that are rendering are finished; the others do not change. A repeated cancellation
 * changes nothing.
 *
 * @throws {Problem} 404, 409 `regeneration-done`, 412.
 */
export async function cancelRegeneration(
  { mediasdb, logger }: Pick<Context, 'mediasdb' | 'logger'>,
  id: string,
  ifMatch?: string,
): Promise<void> {
  await mediasdb.transaction(async (unit) => {
    const row = await lockRegeneration(unit, id)
    if (!row) throw problems.notFound('regeneration')
    assertMatch(ifMatch, presentWhole(row, await listFailures(unit, id, FAILURES_SHOWN)))
    if (row.status === 'done') throw mediaProblems.regenerationDone()
    if (row.status === 'running') await cancelRunning(unit, id)
  })
  logger.info({ event: 'regeneration.cancelled', regenerationId: id })
}
