import { text, uuid } from '@likeness/internal-api'
import { pageQuery, time } from '@likeness/service-kit/http'
import { z } from 'zod'

import { slugOf } from '../tags/slug.ts'
import { regenerationOrder } from './regeneration-rows.ts'

/** Maximum number of failures in a response. */
export const FAILURES_SHOWN = 100

const only = z.enum(['stale', 'all'])

const slug = text(100).refine((value) => value !== '' && slugOf(value) === value, 'must be the slug of a tag')

const presetName = z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'must be the name of a preset')

export const regenerationFilter = z.strictObject({
  tag: slug.optional().describe('Only media with the tag that has this slug.'),
  owner: uuid.optional().describe('Only media of the user with this id.'),
  presets: z
    .array(presetName)
    .min(1, 'must have at least one preset')
    .max(50, 'must have at most 50 presets')
    .transform((names) => [...new Set(names)])
    .optional()
    .describe('Only sizes of these presets. Sizes of deleted presets are removed in any case.'),
  createdBefore: time.optional().describe('Only media uploaded before this time.'),
})

export const newRegeneration = z.strictObject({
  only: only
    .default('stale')
    .describe('`stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date.'),
  filter: regenerationFilter.default({}).describe('Media must match all conditions.'),
})

export const regenerationId = z.strictObject({ id: uuid.describe('Id of the regeneration.') })

export const regenerationQuery = pageQuery(regenerationOrder)

export const regenerationSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(['running', 'done', 'cancelled']),
    only,
    filter: z.object({
      tag: z.string().optional(),
      owner: z.uuid().optional(),
      presets: z.array(z.string()).optional(),
      createdBefore: z.string().optional(),
    }),
    total: z
      .int()
      .describe('Number of versions to render. The number grows while versions are counted, and is exact at the end.'),
    done: z.int().describe('Number of versions that are rendered or needed no rendering.'),
    failed: z.int().describe('Number of failed versions, which keep their old sizes.'),
    rate: z.number().nullable().describe('Versions per second during the last minute. Null while unknown.'),
    secondsLeft: z.int().nullable().describe('Estimated remaining time, from `rate`. Null while unknown.'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Regeneration' })

export const wholeRegenerationSchema = regenerationSchema
  .extend({
    failures: z
      .array(z.object({ mediaId: z.uuid(), versionId: z.uuid(), code: z.string(), reason: z.string() }))
      .describe(`The first ${FAILURES_SHOWN} failures. The dead jobs contain the details.`),
  })
  .meta({ id: 'WholeRegeneration', description: 'The regeneration, with its first failures.' })

export type RegenerationAnswer = z.output<typeof regenerationSchema>
export type WholeRegenerationAnswer = z.output<typeof wholeRegenerationSchema>
