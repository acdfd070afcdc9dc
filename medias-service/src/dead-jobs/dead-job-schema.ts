import { routingKeys } from '@likeness/media-jobs'
import { pageQuery, time, uuid, type ListOrder } from '@likeness/service-kit/http'
import { text } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { PresetsInForce } from '../presets/presets-in-force.ts'

export const deadJobId = z.strictObject({ id: uuid })

export const deadJobSchema = z
  .object({
    id: z.uuid(),
    queue: z.enum(routingKeys).describe('Where it came from, and goes back to.'),
    mediaId: z.uuid().nullable().describe('Null where what came could not be read as a job.'),
    versionId: z.uuid().nullable(),
    code: z.string().describe('Stable, kebab-case.'),
    reason: z.string().describe('The same for people.'),
    attempts: z
      .array(
        z.object({
          worker: z.string(),
          startedAt: z.string(),
          endedAt: z.string().nullable().describe('Null where the worker went away over it.'),
          error: z.string(),
        }),
      )
      .describe('The last ten tries, the newest last.'),
    payload: z.unknown().describe('The job as it was sent.'),
    failedAt: z.iso.datetime(),
  })
  .meta({ id: 'DeadJob' })

export const deadJobOrder: ListOrder<'failedAt'> = {
  columns: { failedAt: 'd.failed_at' },
  standard: '-failedAt',
  tieBreak: 'd.id',
}

const filters = {
  code: text(100).optional().describe('The code that they failed with.'),
  preset: text(100)
    .optional()
    .describe('Jobs that this preset was among: all of its version’s, unless a regeneration asked for others alone.'),
  failedAfter: time.optional(),
  failedBefore: time.optional(),
  mediaId: uuid.optional(),
}

export const deadJobQuery = pageQuery(deadJobOrder).extend(filters)

export const deadJobFilter = z.strictObject({
  ids: z.array(uuid).max(1_000, 'must be at most 1000').optional(),
  ...filters,
})

/** A preset that there is not was among no job. */
export function ofKnownPreset<Filter extends DeadJobFilter>(filter: Filter, presets: PresetsInForce): Filter {
  return filter.preset === undefined || presets.find(filter.preset) ? filter : { ...filter, ids: [] }
}

export type DeadJobFilter = z.output<typeof deadJobFilter>
export type DeadJobQuery = z.output<typeof deadJobQuery>
