import { routingKeys } from '@likeness/media-jobs'
import { z } from 'zod'

const paused = z.boolean().describe('Whether workers take no more jobs.')
export const slots = z.int().min(1).max(64).nullable().describe("Slots per worker; null: each worker's own setting.")

const workerSchema = z.object({
  name: z.string(),
  slots: z.int(),
  busy: z.int().describe('Slots that are rendering.'),
  paused: z.boolean(),
  memoryBytes: z.int().describe('Resident memory of the worker and its render processes.'),
  done: z.int().describe('Jobs done since the worker started.'),
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
        queue: z.enum(routingKeys).describe('`interactive`: uploads; `bulk`: regenerations.'),
        waiting: z.int().nullable().describe('Jobs ready for a worker; null while the broker is unavailable.'),
        retrying: z.int().nullable().describe('Jobs waiting for a retry; null while the broker is unavailable.'),
        oldestSeconds: z
          .int()
          .nullable()
          .describe('Age of the oldest unfinished job, in seconds; null when none waits.'),
      }),
    ),
    dead: z.int().describe('Number of dead jobs.'),
    outbox: z.int().describe('Jobs not yet published to the broker.'),
    workers: z.array(workerSchema).describe('Workers that reported in the last 30 s.'),
    versions: z
      .object({ queued: z.int(), processing: z.int() })
      .describe('Unfinished versions, without those in the trash.'),
  })
  .meta({ id: 'JobStats' })

export const pausedSchema = z.object({ paused })
export const slotsSchema = z.object({ slots })

export type JobStatsAnswer = z.output<typeof statsSchema>
export type WorkerAnswer = z.output<typeof workerSchema>
