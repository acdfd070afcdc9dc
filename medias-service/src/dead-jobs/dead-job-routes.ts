import { noContent, ok, ownedByNobody, page, pageOf } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentDeadJob, presentListedDeadJob } from './dead-job-presenter.ts'
import { countDeadJobs, listDeadJobs } from './dead-job-rows.ts'
import { deadJobFilter, deadJobId, deadJobQuery, deadJobSchema, ofKnownPreset } from './dead-job-schema.ts'
import { discardDeadJob } from './discard-dead-job.ts'
import { MOST_MESSAGES } from './message-allowance.ts'
import { requeueDeadJob, requeueDeadJobs } from './requeue-dead-jobs.ts'

const requeuedSchema = z
  .object({ requeued: z.int().min(0).describe('Number of jobs that were requeued.') })
  .meta({ id: 'Requeued', description: 'The number of requeued jobs.' })

export const deadJobRoutes = (context: Context) =>
  ownedByNobody([
    route({
      operationId: 'listDeadJobs',
      method: 'get',
      path: '/jobs/dead',
      access: 'jobs:read',
      summary: 'List dead jobs',
      description:
        'Dead jobs are not retried automatically. Each dead job has its reason and its last ten attempts. Its payload is ' +
        'null: get the dead job to read it. The newest come first unless `sort` is given. Messages that are not jobs are ' +
        `listed too; only the newest ${MOST_MESSAGES.toLocaleString('en')} of them are kept.`,
      query: deadJobQuery,
      answers: { 200: pageOf(deadJobSchema) },
      async handle({ query, http }) {
        const within = ofKnownPreset(query, context.presets)
        const rows = await listDeadJobs(context.mediasdb, within)
        return page(
          http,
          query,
          rows,
          (shown) => shown.map(presentListedDeadJob),
          () => countDeadJobs(context.mediasdb, within),
        )
      },
    }),
    route({
      operationId: 'getDeadJob',
      method: 'get',
      path: '/jobs/dead/:id',
      access: 'jobs:read',
      summary: 'Get a dead job',
      description: 'Returns the job with its reason, its last ten attempts and its payload.',
      params: deadJobId,
      answers: { 200: deadJobSchema },
      async handle({ params }) {
        const row = await context.mediasdb.DeadJob.findByPk(params.id)
        if (!row) throw problems.notFound('dead job')
        return ok(presentDeadJob(row))
      },
    }),
    route({
      operationId: 'requeueDeadJob',
      method: 'post',
      path: '/jobs/dead/:id/requeue',
      access: 'jobs:write',
      summary: 'Requeue a dead job',
      description:
        'Puts the job back in its queue and removes it from the dead jobs. A failed version becomes `queued`, with its ' +
        'attempts reset. A ready version stays ready while it is rendered again.',
      params: deadJobId,
      answers: { 200: requeuedSchema },
      problems: ['media-gone', 'not-a-job', 'trashed', 'unknown-contract'],
      handle: async ({ params }) => ok(await requeueDeadJob(context, params.id)),
    }),
    route({
      operationId: 'requeueDeadJobs',
      method: 'post',
      path: '/jobs/dead/requeue',
      access: 'jobs:write',
      summary: 'Requeue dead jobs by filter',
      description:
        'Jobs that cannot be requeued are skipped: jobs whose media is deleted or in the trash, messages that are not ' +
        'valid jobs, and jobs whose format this build does not support. The request works in batches: jobs that are ' +
        'requeued before an error or a disconnect stay requeued.',
      body: z.strictObject({ filter: deadJobFilter }),
      answers: { 200: requeuedSchema },
      handle: async ({ body }) => ok(await requeueDeadJobs(context, body.filter)),
    }),
    route({
      operationId: 'discardDeadJob',
      method: 'delete',
      path: '/jobs/dead/:id',
      access: 'jobs:write',
      summary: 'Discard a dead job',
      description: 'Deletes the job. Its version does not change: a failed version stays `failed`, with its error.',
      params: deadJobId,
      acceptsMatch: true,
      answers: { 204: null },
      async handle({ params, ifMatch }) {
        await discardDeadJob(context, params.id, ifMatch)
        return noContent()
      },
    }),
  ])
