import { assertMatch } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { presentDeadJob } from './dead-job-presenter.ts'
import { endDeadJobs, lockDeadJob } from './dead-job-rows.ts'

/** Deletes a dead job; its version does not change. @throws {Problem} 404, 412. */
export async function discardDeadJob(
  { mediasdb, logger }: Context,
  id: string,
  ifMatch: string | undefined,
): Promise<void> {
  await mediasdb.transaction(async (unit) => {
    const row = await lockDeadJob(unit, id)
    if (!row) throw problems.notFound('dead job')
    assertMatch(ifMatch, presentDeadJob(row))
    await endDeadJobs(unit, [id])
  })
  logger.info({ event: 'dead-job.discarded', deadJobId: id })
}
