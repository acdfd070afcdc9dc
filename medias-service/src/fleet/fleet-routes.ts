import { routingKeys } from '@likeness/media-jobs'
import { ok } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { readJobStats } from './job-stats.ts'
import { limitFleet, pauseFleet } from './steer-fleet.ts'

const paused = z.boolean().describe('Whether workers take no more jobs.')
const slots = z.int().min(1).max(64).nullable().describe('Pictures at once in each worker; null: as each was started.')

const statsSchema = z
  .object({
    paused,
    slots,
    queues: z.array(
      z.object({
        queue: z.enum(routingKeys).describe('`interactive`: somebody waits; `bulk`: it may take its time.'),
        waiting: z.int().nullable().describe('Jobs that a worker could take; null while the broker is away.'),
        retrying: z.int().nullable().describe('Jobs that wait for their next try; null while the broker is away.'),
        oldestSeconds: z
          .int()
          .nullable()
          .describe('How long what is oldest has waited, in a queue or in a worker; null where nothing waits.'),
      }),
    ),
    dead: z.int().describe('Dead jobs.'),
    outbox: z.int().describe('Jobs on their way to the broker.'),
    workers: z
      .array(
        z.object({
          name: z.string(),
          slots: z.int(),
          busy: z.int().describe('Slots in which a picture is rendered.'),
          paused: z.boolean(),
          memoryBytes: z.int().describe('Of its processes together.'),
          done: z.int().describe('Jobs since its start.'),
          failed: z.int(),
          startedAt: z.iso.datetime(),
          seenAt: z.iso.datetime(),
        }),
      )
      .describe('Those that were seen in the last 30 s.'),
    versions: z
      .object({ queued: z.int(), processing: z.int() })
      .describe('Versions that are not finished; those in the trash left out.'),
  })
  .meta({ id: 'JobStats' })

const pausedSchema = z.object({ paused })
const slotsSchema = z.object({ slots })

export const fleetRoutes = (context: Context) => [
  route({
    method: 'get',
    path: '/jobs/stats',
    access: 'jobs:read',
    ownedByNobody: true,
    summary: 'Queues, workers and what waits, on one page',
    answers: { 200: statsSchema },
    handle: async (_incoming) => ok(await readJobStats(context)),
  }),
  route({
    method: 'post',
    path: '/jobs/pause',
    access: 'jobs:write',
    ownedByNobody: true,
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
    ownedByNobody: true,
    summary: 'Let workers take jobs again',
    answers: { 200: pausedSchema },
    handle: async (_incoming) => ok(await pauseFleet(context, false)),
  }),
  route({
    method: 'put',
    path: '/jobs/concurrency',
    access: 'jobs:write',
    ownedByNobody: true,
    summary: 'Say how many pictures each worker renders at once',
    description: 'Felt by workers while they run, and by those that are started later.',
    body: z.strictObject({ slots }),
    answers: { 200: slotsSchema },
    handle: async ({ body, ifMatch }) => ok(await limitFleet(context, body.slots, ifMatch)),
  }),
]
