import { priorities } from '@likeness/media-jobs'
import { z } from 'zod'

const paused = z.boolean().describe('Whether the workers are paused. Paused workers take no jobs.')
export const slots = z
  .int()
  .min(1)
  .max(64)
  .nullable()
  .describe('Number of slots of every worker, from 1 to 64. Null: each worker uses its own setting, `WORKER_SLOTS`.')

const workerSchema = z
  .object({
    name: z.string().describe('Name of the worker: its host and its process.'),
    slots: z.int().min(1).describe('Number of slots of this worker.'),
    busy: z.int().min(0).describe('Number of slots that are rendering a picture.'),
    paused: z.boolean().describe('Whether this worker is paused. A paused worker takes no jobs.'),
    memoryBytes: z.int().min(0).describe('Resident memory of the worker and its render processes, in bytes.'),
    done: z.int().min(0).describe('Number of jobs that succeeded since the worker started.'),
    failed: z.int().min(0).describe('Number of jobs that failed since the worker started.'),
    startedAt: z.iso.datetime().describe('Time at which the worker started (ISO 8601, UTC).'),
    seenAt: z.iso.datetime().describe('Time of the last report of the worker (ISO 8601, UTC).'),
  })
  .meta({ id: 'Worker', description: 'A worker, as it reported itself last.' })

export const statsSchema = z
  .object({
    paused,
    slots,
    queues: z
      .array(
        z
          .object({
            queue: z
              .enum(priorities)
              .describe(
                '`interactive`: uploads and reprocessed media. `bulk`: regenerations and media restored with their owner.',
              ),
            waiting: z
              .int()
              .min(0)
              .nullable()
              .describe(
                'Number of jobs that wait for a worker, including jobs that are not published yet. Null while the broker is unavailable.',
              ),
            retrying: z
              .int()
              .min(0)
              .nullable()
              .describe('Number of jobs that wait for a retry. Null while the broker is unavailable.'),
            oldestSeconds: z
              .int()
              .min(0)
              .nullable()
              .describe('Age of the oldest unfinished job, in seconds. Null if there is no unfinished job.'),
          })
          .meta({ id: 'QueueStats', description: 'The state of a queue of jobs.' }),
      )
      .describe('The queues of jobs.'),
    dead: z.int().min(0).describe('Number of dead jobs.'),
    outbox: z.int().min(0).describe('Number of jobs that are not published to the broker yet.'),
    workers: z.array(workerSchema).describe('Workers that reported in the last 30 seconds.'),
    versions: z
      .object({
        queued: z.int().min(0).describe('Number of versions that wait for a worker.'),
        processing: z.int().min(0).describe('Number of versions that are being rendered.'),
      })
      .meta({ id: 'UnfinishedVersions', description: 'Numbers of unfinished versions, without media in the trash.' }),
  })
  .meta({ id: 'JobStats', description: 'The state of queues and workers.' })

export const pausedSchema = z
  .object({ paused })
  .meta({ id: 'FleetPause', description: 'The state of the workers: paused or not.' })
export const slotsSchema = z
  .object({ slots })
  .meta({ id: 'FleetConcurrency', description: 'The number of slots per worker.' })

export type JobStatsAnswer = z.output<typeof statsSchema>
export type WorkerAnswer = z.output<typeof workerSchema>
