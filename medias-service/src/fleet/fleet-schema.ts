import { routingKeys } from '@likeness/media-jobs'
import { z } from 'zod'

const paused = z.boolean().describe('Whether workers take no more jobs.')
export const slots = z
  .int()
  .min(1)
  .max(64)
  .nullable()
  .describe('Pictures at once in each worker; null: as each was started.')

const workerSchema = z.object({
  name: z.string(),
  slots: z.int(),
  busy: z.int().describe('Slots in which a picture is rendered.'),
  paused: z.boolean(),
  memoryBytes: z.int().describe('Of its processes together.'),
  done: z.int().describe('Jobs since its start.'),
  failed: z.int(),
  startedAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
})

export const statsSchema = z
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
    workers: z.array(workerSchema).describe('Those that were seen in the last 30 s.'),
    versions: z
      .object({ queued: z.int(), processing: z.int() })
      .describe('Versions that are not finished; those in the trash left out.'),
  })
  .meta({ id: 'JobStats' })

export const pausedSchema = z.object({ paused })
export const slotsSchema = z.object({ slots })

export type JobStatsAnswer = z.output<typeof statsSchema>
export type WorkerAnswer = z.output<typeof workerSchema>
