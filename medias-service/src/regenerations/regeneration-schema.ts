import { createdAt, text, time, uuid } from '@likeness/internal-api'
import { pageQuery } from '@likeness/service-kit/http'
import { z } from 'zod'

import { slugOf } from '../tags/slug.ts'
import { regenerationOrder } from './regeneration-rows.ts'

/** Maximum number of failures in a response. */
export const FAILURES_SHOWN = 100

const only = z
  .enum(['stale', 'all'])
  .describe('`stale`: renders missing and stale sizes. `all`: renders every size, even if it is up to date.')

const slug = text(100).refine((value) => value !== '' && slugOf(value) === value, 'must be the slug of a tag')

const presetName = z.string().regex(/^[a-z][a-z0-9]{0,31}$/, 'must be the name of a preset')

export const regenerationFilter = z
  .strictObject({
    tag: slug.optional().describe('Only media with the tag that has this slug.'),
    owner: uuid.optional().describe('Only media of the user with this id.'),
    presets: z
      .array(presetName.describe('Name of a preset.'))
      .min(1, 'must have at least one preset')
      .max(50, 'must have at most 50 presets')
      .transform((names) => [...new Set(names)])
      .optional()
      .describe('Only sizes of these presets, at most 50. Sizes of deleted presets are removed in any case.'),
    createdBefore: time.optional().describe('Only media uploaded before this time.'),
  })
  .meta({
    id: 'RegenerationFilter',
    description: 'Conditions that media must match, all of them. Without conditions: all media.',
  })

export const newRegeneration = z.strictObject({
  only: only.default('stale'),
  filter: regenerationFilter.default({}),
})

export const regenerationId = z.strictObject({ id: uuid.describe('Id of the regeneration.') })

export const regenerationQuery = pageQuery(regenerationOrder)

export const regenerationSchema = z
  .object({
    id: z.uuid().describe('Id of the regeneration.'),
    status: z
      .enum(['running', 'done', 'cancelled'])
      .describe('`running`: versions are still rendered. `done`: finished. `cancelled`: stopped by a request.'),
    only,
    filter: regenerationFilter,
    total: z
      .int()
      .min(0)
      .describe('Number of versions to render. The number grows while versions are counted, and is exact at the end.'),
    done: z.int().min(0).describe('Number of versions that are rendered or needed no rendering.'),
    failed: z.int().min(0).describe('Number of failed versions, which keep their old sizes.'),
    rate: z.number().nullable().describe('Versions per second during the last minute. Null while unknown.'),
    secondsLeft: z.int().min(0).nullable().describe('Estimated remaining time, from `rate`. Null while unknown.'),
    createdAt,
    finishedAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the end or of the cancellation (ISO 8601, UTC); null while it is running.'),
  })
  .meta({ id: 'Regeneration', description: 'The rendering of many media again, with its progress.' })

export const regenerationDetailsSchema = regenerationSchema
  .extend({
    failures: z
      .array(
        z
          .object({
            mediaId: z.uuid().describe('Id of the media.'),
            versionId: z.uuid().describe('Id of the version.'),
            code: z.string().describe('Stable code of the failure, such as `render-timeout`.'),
            reason: z.string().describe('The reason as a sentence for people.'),
          })
          .meta({ id: 'RegenerationFailure', description: 'A version that a regeneration could not render.' }),
      )
      .describe(`The first ${FAILURES_SHOWN} failures. The dead jobs contain the details.`),
  })
  .meta({ id: 'RegenerationDetails', description: 'A regeneration with its first failures.' })

export type RegenerationAnswer = z.output<typeof regenerationSchema>
export type RegenerationDetails = z.output<typeof regenerationDetailsSchema>
