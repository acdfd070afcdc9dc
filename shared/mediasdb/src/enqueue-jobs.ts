import type { Attributes } from '@likeness/postgres'

import type { OutboxModel } from './models/outbox.ts'
import type { MediasdbUnit } from './open-mediasdb.ts'

/** A job to publish. */
export type NewJob = Pick<Attributes<OutboxModel>, 'routingKey'> & { payload: object }

/**
 * Inserts jobs into the outbox. The relay publishes them in this order. Call this function in the transaction that changes
 * the rows of the jobs' media, so that the rows and the jobs are committed together.
 */
export async function enqueueJobs(unit: MediasdbUnit, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length > 0) await unit.Outbox.bulkCreate([...jobs])
}

/**
 * SQL that inserts a job for each row of a query, for a statement that both selects and enqueues the jobs.
 *
 * @param query returns the routing key (text) and the payload (jsonb), in the order of publication
 */
export function enqueueJobsFrom(query: string): string {
  return `INSERT INTO outbox (routing_key, payload) ${query}`
}
