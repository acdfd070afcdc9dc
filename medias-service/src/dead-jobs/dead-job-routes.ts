import { noContent, ok, ownedByNobody, page, pageOf } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentDeadJob } from './dead-job-presenter.ts'
import { countDeadJobs, listDeadJobs } from './dead-job-rows.ts'
import { deadJobFilter, deadJobId, deadJobQuery, deadJobSchema, ofKnownPreset } from './dead-job-schema.ts'
import { discardDeadJob } from './discard-dead-job.ts'
import { requeueDeadJob, requeueDeadJobs } from './requeue-dead-jobs.ts'

const requeuedSchema = z.object({ requeued: z.int().describe('How many went back to their queues.') })

export const deadJobRoutes = (context: Context) =>
  ownedByNobody([
    route({
      method: 'get',
      path: '/jobs/dead',
      access: 'jobs:read',
      summary: 'A page of dead jobs, the newest first',
      description: 'Jobs that will not be tried again by themselves, each with why and with its last tries.',
      query: deadJobQuery,
      answers: { 200: pageOf(deadJobSchema) },
      async handle({ query, http }) {
        const within = ofKnownPreset(query, context.presets)
        const rows = await listDeadJobs(context.mediasdb, within)
        return page(
          http,
          query,
          rows,
          (shown) => shown.map(presentDeadJob),
          () => countDeadJobs(context.mediasdb, within),
        )
      },
    }),
    route({
      method: 'get',
      path: '/jobs/dead/:id',
      access: 'jobs:read',
      summary: 'A dead job',
      params: deadJobId,
      answers: { 200: deadJobSchema },
      async handle({ params }) {
        const row = await context.mediasdb.DeadJob.findByPk(params.id)
        if (!row) throw problems.notFound('dead job')
        return ok(presentDeadJob(row))
      },
    }),
    route({
      method: 'post',
      path: '/jobs/dead/:id/requeue',
      access: 'jobs:write',
      summary: 'Requeue a dead job',
      description:
        'It goes back to the queue that it came from, once, and is dead no more. A version that failed is `queued` as if ' +
        'it had never been tried; one that is ready stays so while it is rendered anew.',
      params: deadJobId,
      answers: { 200: requeuedSchema },
      problems: ['media-gone', 'not-a-job', 'trashed', 'unknown-contract'],
      handle: async ({ params }) => ok(await requeueDeadJob(context, params.id)),
    }),
    route({
      method: 'post',
      path: '/jobs/dead/requeue',
      access: 'jobs:write',
      summary: 'Requeue every dead job that a filter matches',
      description:
        'An empty filter matches all. Those whose media are gone or in the trash, and what cannot be read as a job, are ' +
        'left. It works in batches: what was requeued before an error, or before you went away, stays so.',
      body: z.strictObject({ filter: deadJobFilter }),
      answers: { 200: requeuedSchema },
      handle: async ({ body }) => ok(await requeueDeadJobs(context, body.filter)),
    }),
    route({
      method: 'delete',
      path: '/jobs/dead/:id',
      access: 'jobs:write',
      summary: 'Discard a dead job',
      description: 'Its version stays as it is: `failed`, with its error.',
      params: deadJobId,
      answers: { 204: null },
      async handle({ params, ifMatch }) {
        await discardDeadJob(context, params.id, ifMatch)
        return noContent()
      },
    }),
  ])
