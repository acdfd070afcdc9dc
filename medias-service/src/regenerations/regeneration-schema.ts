import { pageQuery, time, uuid } from '@likeness/service-kit/http'
import { text } from '@likeness/service-kit/process'
import { z } from 'zod'

import { slugOf } from '../tags/slug.ts'
import { regenerationOrder } from './regeneration-rows.ts'

/** Failures that one answer holds. */
export const FAILURES_SHOWN = 100

const only = z.enum(['stale', 'all'])

const slug = text(100).refine((value) => value !== '' && slugOf(value) === value, 'must be the slug of a tag')

const presetName = z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'must be the name of a preset')

export const regenerationFilter = z.strictObject({
  tag: slug.optional().describe('Media that carry this tag, by its slug.'),
  owner: uuid.optional().describe('Media of this owner.'),
  presets: z
    .array(presetName)
    .min(1, 'must name at least one')
    .max(50, 'must name at most 50')
    .transform((names) => [...new Set(names)])
    .optional()
    .describe('Only sizes of these presets. Sizes of presets that are no more go all the same.'),
  createdBefore: time.optional().describe('Media that were uploaded before.'),
})

export const newRegeneration = z.strictObject({
  only: only
    .default('stale')
    .describe('`stale`: what lacks a size, or has one by another definition than today’s; `all`: every size anew.'),
  filter: regenerationFilter.default({}).describe('Media must fit all of it.'),
})

export const regenerationId = z.strictObject({ id: uuid })

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
    total: z.int().describe('Versions. It grows while they are counted, and is exact at the end.'),
    done: z.int(),
    failed: z.int().describe('These keep the sizes that they had.'),
    rate: z.number().nullable().describe('Versions a second, over the last minute; null while that is not known.'),
    secondsLeft: z.int().nullable().describe('By that rate; null while that is not known.'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Regeneration' })

export const wholeRegenerationSchema = regenerationSchema
  .extend({
    failures: z
      .array(z.object({ mediaId: z.uuid(), versionId: z.uuid(), code: z.string(), reason: z.string() }))
      .describe(`The first ${FAILURES_SHOWN}. A dead job tells more of each.`),
  })
  .meta({ id: 'WholeRegeneration' })

export type RegenerationAnswer = z.output<typeof regenerationSchema>
export type WholeRegenerationAnswer = z.output<typeof wholeRegenerationSchema>
