import { ok, ownedByNobody } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { pausedSchema, slots, slotsSchema, statsSchema } from './fleet-schema.ts'
import { readJobStats } from './job-stats.ts'
import { limitFleet } from './limit-fleet.ts'
import { pauseFleet } from './pause-fleet.ts'

export const fleetRoutes = (context: Context) =>
  ownedByNobody([
    route({
      operationId: 'getJobStats',
      method: 'get',
      path: '/jobs/stats',
      access: 'jobs:read',
      summary: 'Get the state of queues and workers',
      description:
        'Returns the queues, the workers, and the numbers of dead jobs and of unfinished versions. While the broker is ' +
        'unavailable, the numbers of waiting jobs are null.',
      answers: { 200: statsSchema },
      handle: async (_incoming) => ok(await readJobStats(context)),
    }),
    route({
      operationId: 'pauseWorkers',
      method: 'post',
      path: '/jobs/pause',
      access: 'jobs:write',
      summary: 'Pause all workers',
      description:
        'Workers finish their current jobs and take no new jobs. Uploads are still accepted, and their jobs wait. The ' +
        'pause lasts until the workers are resumed, even if they are restarted.',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, true)),
    }),
    route({
      operationId: 'resumeWorkers',
      method: 'post',
      path: '/jobs/resume',
      access: 'jobs:write',
      summary: 'Resume all workers',
      description: 'Workers take jobs again.',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, false)),
    }),
    route({
      operationId: 'setConcurrency',
      method: 'put',
      path: '/jobs/concurrency',
      access: 'jobs:write',
      summary: 'Set the number of slots per worker',
      description:
        'A slot renders one picture at a time. The change applies immediately to running workers, and to workers that ' +
        'start later.',
      body: z.strictObject({ slots }),
      acceptsMatch: true,
      answers: { 200: slotsSchema },
      handle: async ({ body, ifMatch }) => ok(await limitFleet(context, body.slots, ifMatch)),
    }),
  ])
