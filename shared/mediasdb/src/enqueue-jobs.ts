import type { Attributes, Sql } from '@likeness/postgres'

import type { OutboxModel } from './models/outbox.ts'

/** A job that is to be published. */
export type NewJob = Pick<Attributes<OutboxModel>, 'routingKey'> & { payload: object }

/**
 * Writes jobs to the outbox, to be published in this order. They stand in the transaction of the rows that they are
 * about: both are there, or neither.
 */
export async function enqueueJobs(unit: Sql, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return
  await unit.rows(
    enqueueJobsFrom(
      `SELECT job ->> 'routingKey', job -> 'payload'
       FROM jsonb_array_elements(:jobs::jsonb) WITH ORDINALITY AS given(job, place) ORDER BY place`,
    ),
    { jobs: JSON.stringify(jobs) },
  )
}

/**
 * SQL that writes a job for each row of a query, for jobs that one statement finds and writes.
 *
 * @param query answers the routing key (text) and the payload (jsonb), in the order in which they are to be published
 */
export function enqueueJobsFrom(query: string): string {
  return `INSERT INTO outbox (routing_key, payload) ${query}`
}
