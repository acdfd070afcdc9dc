import { text, time, uuid } from '@likeness/internal-api'
import { priorities } from '@likeness/media-jobs'
import { pageQuery, type ListOrder } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { PresetsInForce } from '../presets/presets-in-force.ts'

export const deadJobId = z.strictObject({ id: uuid.describe('Id of the dead job.') })

export const deadJobSchema = z
  .object({
    id: z.uuid().describe('Id of the dead job.'),
    queue: z.enum(priorities).describe('The queue to which a requeue returns the job.'),
    mediaId: z.uuid().nullable().describe('Id of the media; null if the message is not a valid job.'),
    versionId: z.uuid().nullable().describe('Id of the version; null if the message is not a valid job.'),
    code: z
      .string()
      .describe('Stable code of the failure, such as `render-timeout`. `/docs/errors` explains each code.'),
    reason: z.string().describe('The reason as a sentence for people.'),
    attempts: z
      .array(
        z
          .object({
            worker: z.string().describe('Name of the worker.'),
            startedAt: z.string().describe('Time of the start of the attempt (ISO 8601, UTC).'),
            endedAt: z
              .string()
              .nullable()
              .describe('Time of the end of the attempt; null if the worker ended unexpectedly during the attempt.'),
            error: z.string().describe('Message of the error that ended the attempt.'),
          })
          .meta({ id: 'JobAttempt', description: 'An attempt of a worker to do a job.' }),
      )
      .describe('The last ten attempts, the newest last.'),
    payload: z
      .unknown()
      .describe(
        'The job. If the message is not a job: the beginning of its text (`text`), its size (`bytes`) and its hash ' +
          '(`sha256`). Null in a list.',
      ),
    failedAt: z.iso.datetime().describe('Time of the last failure (ISO 8601, UTC).'),
  })
  .meta({ id: 'DeadJob', description: 'A job that failed and is not retried automatically.' })

export const deadJobOrder: ListOrder<'failedAt'> = {
  columns: { failedAt: 'd.failed_at' },
  standard: '-failedAt',
  tieBreak: 'd.id',
}

const filters = {
  code: text(100).optional().describe('Only jobs that failed with this code.'),
  preset: text(100)
    .optional()
    .describe(
      'Only jobs that render this preset: every job, except jobs of a regeneration that is limited to other presets.',
    ),
  failedAfter: time.optional().describe('Only jobs that failed after this time.'),
  failedBefore: time.optional().describe('Only jobs that failed before this time.'),
  mediaId: uuid.optional().describe('Only jobs of this media.'),
}

export const deadJobQuery = pageQuery(deadJobOrder).extend(filters)

export const deadJobFilter = z
  .strictObject({
    ids: z
      .array(uuid.describe('Id of a dead job.'))
      .max(1_000, 'must have at most 1000 ids')
      .optional()
      .describe('Only the dead jobs with these ids, at most 1000.'),
    ...filters,
  })
  .meta({
    id: 'DeadJobFilter',
    description: 'Conditions that jobs must match, all of them. Without conditions: all dead jobs.',
  })

/** No job renders an unknown preset, so a filter by an unknown preset matches no job. */
export function ofKnownPreset<Filter extends DeadJobFilter>(filter: Filter, presets: PresetsInForce): Filter {
  return filter.preset === undefined || presets.find(filter.preset) ? filter : { ...filter, ids: [] }
}

export type DeadJobFilter = z.output<typeof deadJobFilter>
export type DeadJobQuery = z.output<typeof deadJobQuery>
