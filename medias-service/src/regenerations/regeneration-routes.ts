import { noContent, ok, ownedByNobody, page, pageOf, reply } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { cancelRegeneration } from './cancel-regeneration.ts'
import { createRegeneration } from './create-regeneration.ts'
import { presentRegeneration, presentWhole } from './regeneration-presenter.ts'
import { findRegeneration, listFailures, listRegenerations } from './regeneration-rows.ts'
import {
  FAILURES_SHOWN,
  newRegeneration,
  regenerationId,
  regenerationQuery,
  regenerationSchema,
  regenerationDetailsSchema,
} from './regeneration-schema.ts'
import { unknownPresets } from './unknown-presets.ts'

export const regenerationRoutes = (context: Context) =>
  ownedByNobody([
    route({
      operationId: 'listRegenerations',
      method: 'get',
      path: '/regenerations',
      access: 'jobs:read',
      summary: 'List regenerations',
      description: 'The newest come first unless `sort` is given. Finished regenerations are kept for 90 days.',
      query: regenerationQuery,
      answers: { 200: pageOf(regenerationSchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listRegenerations(context.mediasdb, query),
          (rows) => rows.map(presentRegeneration),
          () => context.mediasdb.Regeneration.count(),
        ),
    }),
    route({
      operationId: 'createRegeneration',
      method: 'post',
      path: '/regenerations',
      access: 'jobs:write',
      summary: 'Start a regeneration',
      description:
        'Renders stale and missing sizes, or all sizes, of the media in the library. Older versions are included, ' +
        'and media in the trash are not. Uploads have priority. Until the new sizes are ready, the old sizes are served. Sizes of ' +
        'deleted presets and formats are removed.',
      body: newRegeneration,
      answers: { 202: regenerationSchema },
      async handle({ body: { only, filter }, caller }) {
        const unknown = unknownPresets(context.presets, filter)
        if (unknown.length > 0) throw problems.invalid(unknown)
        const row = await createRegeneration(context, { only, filter, createdBy: caller.id })
        return reply(202, presentRegeneration(row), { Location: `/api/v1/regenerations/${row.id}` })
      },
    }),
    route({
      operationId: 'getRegeneration',
      method: 'get',
      path: '/regenerations/:id',
      access: 'jobs:read',
      summary: 'Get the progress and the failures of a regeneration',
      description: 'Returns the numbers of versions that are done, failed and left, and the first failures.',
      params: regenerationId,
      answers: { 200: regenerationDetailsSchema },
      async handle({ params }) {
        const row = await findRegeneration(context.mediasdb, params.id)
        if (!row) throw problems.notFound('regeneration')
        return ok(presentWhole(row, await listFailures(context.mediasdb, row.id, FAILURES_SHOWN)))
      },
    }),
    route({
      operationId: 'cancelRegeneration',
      method: 'delete',
      path: '/regenerations/:id',
      access: 'jobs:write',
      summary: 'Cancel a regeneration',
      description:
        'Workers finish the pictures that they are rendering, and start no other pictures. Sizes that are already rendered ' +
        'stay. A repeated cancellation returns 204.',
      params: regenerationId,
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['regeneration-done'],
      async handle({ params, ifMatch }) {
        await cancelRegeneration(context, params.id, ifMatch)
        return noContent()
      },
    }),
  ])
