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
      summary: 'Queues, workers and what waits, on one page',
      answers: { 200: statsSchema },
      handle: async (_incoming) => ok(await readJobStats(context)),
    }),
    route({
      method: 'post',
      path: '/jobs/pause',
      access: 'jobs:write',
      summary: 'Let workers take no more jobs',
      description:
        'What is in hand is finished, uploads go on, and jobs wait. It outlives restarts, until it is resumed.',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, true)),
    }),
    route({
      method: 'post',
      path: '/jobs/resume',
      access: 'jobs:write',
      summary: 'Let workers take jobs again',
      answers: { 200: pausedSchema },
      handle: async (_incoming) => ok(await pauseFleet(context, false)),
    }),
    route({
      method: 'put',
      path: '/jobs/concurrency',
      access: 'jobs:write',
      summary: 'Say how many pictures each worker renders at once',
      description: 'Felt by workers while they run, and by those that are started later.',
      body: z.strictObject({ slots }),
      answers: { 200: slotsSchema },
      handle: async ({ body, ifMatch }) => ok(await limitFleet(context, body.slots, ifMatch)),
    }),
  ])
