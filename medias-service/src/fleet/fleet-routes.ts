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
      method: 'get',
      path: '/jobs/stats',
      access: 'jobs:read',
      summary: 'Get the state of queues, workers and unfinished versions',
      answers: { 200: statsSchema },
      handle: async (_incoming) => ok(await readJobStats(context)),
    }),
    route({
      method: 'post',
      path: '/jobs/pause',
      access: 'jobs:write',
      summary: 'Pause all workers',
      description:
        'Workers finish their current jobs and take no others. Uploads continue and their jobs wait. The pause survives restarts.',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, true)),
    }),
    route({
      method: 'post',
      path: '/jobs/resume',
      access: 'jobs:write',
      summary: 'Resume all workers',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, false)),
    }),
    route({
      method: 'put',
      path: '/jobs/concurrency',
      access: 'jobs:write',
      summary: 'Set how many pictures each worker renders at once',
      description: 'Applies to running workers at once, and to workers started later.',
      body: z.strictObject({ slots }),
      answers: { 200: slotsSchema },
      handle: async ({ body, ifMatch }) => ok(await limitFleet(context, body.slots, ifMatch)),
    }),
  ])
