import { assertMatch } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { endDeadJobs, findDeadJob } from './dead-job-rows.ts'
import { presentDeadJob } from './present-dead-job.ts'

/** Forgets a dead job; its version stays as it is. @throws {Problem} 404, 412. */
export async function discardDeadJob(
  { database, mediasdb, logger }: Context,
  id: string,
  ifMatch: string | undefined,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const row = await findDeadJob(mediasdb, id, transaction)
    if (!row) throw problems.notFound('dead job')
    assertMatch(ifMatch, presentDeadJob(row))
    await endDeadJobs(mediasdb, [id], transaction)
  })
  logger.info({ event: 'dead-job.discarded', deadJobId: id })
}
