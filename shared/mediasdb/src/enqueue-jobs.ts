import type { Attributes } from '@likeness/postgres'

import type { OutboxModel } from './models/outbox.ts'
import type { MediasdbUnit } from './open-mediasdb.ts'

/** A job to publish. */
export type NewJob = Pick<Attributes<OutboxModel>, 'routingKey'> & { payload: object }

/** SQL that inserts the jobs of a query in its order, each with the owner of its media. */
const withOwners = (query: string) =>
  `INSERT INTO outbox (routing_key, payload, owner_id)
   SELECT job.routing_key, job.payload,
          coalesce((SELECT owner_id FROM media WHERE id = (job.payload ->> 'mediaId')::uuid),
                   '00000000-0000-0000-0000-000000000000')
   FROM (${query}) AS job (routing_key, payload)`

/**
 * Inserts jobs into the outbox. Call this function in the transaction that changes the rows of the jobs' media, so that
 * the rows and the jobs are committed together. The relay publishes the jobs of an owner in this order.
 */
export async function enqueueJobs(unit: MediasdbUnit, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return
  await unit.rows(
    withOwners(`SELECT job ->> 'routingKey', job -> 'payload'
                FROM jsonb_array_elements(:jobs::jsonb) WITH ORDINALITY AS listed (job, position) ORDER BY position`),
    { jobs: JSON.stringify(jobs) },
  )
}

/**
 * SQL that inserts a job for each row of a query, for a statement that both selects and enqueues the jobs.
 *
 * @param query returns the routing key (text) and the payload (jsonb), in the order of publication
 */
export function enqueueJobsFrom(query: string): string {
  return withOwners(query)
}
