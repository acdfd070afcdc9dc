import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from '@jest/globals'
import {
  eventually,
  makeCameraPicture,
  queueDepth,
  runStatement,
  upload,
  type Person,
  type ServiceProcess,
  type System,
} from '@likeness/test-kit'

import { endRetryWaits } from './retry-waits.ts'

/** Every queue that a job can be in. */
const queues = [
  'media.jobs.dead',
  'media.jobs.express',
  ...['interactive', 'bulk'].flatMap((name) => [
    `media.jobs.${name}`,
    ...['5s', '30s', '2m', '10m'].map((tier) => `media.jobs.${name}.retry.${tier}`),
  ]),
]

/** The only version of a media and its job, as in the database. */
interface JobRow {
  status: string
  /** The number and the list of the starts that did not end in a controlled way. */
  attempts: number
  starts: unknown[]
  /** `preset.format width×height`, in order. */
  sizes: string[]
  /** The number of events of each type. */
  processing: number
  ready: number
  failed: number
  /** The number of dead jobs. */
  dead: number
}

/** Uploads a picture. Each hue results in another picture. @returns the media's id */
export async function sendPicture(system: System, person: Person, hue: number): Promise<string> {
  const { bytes } = await makeCameraPicture({ width: 1280, height: 960, hue })
  return sendBytes(system, person, bytes)
}

/** Uploads a file that must be accepted. @returns the media's id */
export async function sendBytes(system: System, person: Person, bytes: Buffer): Promise<string> {
  const { status, body } = await upload(system, person.accessToken, { bytes, name: 'picture' })
  expect(status).toBe(201)
  return body.id
}

/** The jobs of media with one version each, in the order of their ids. */
export async function readJobs({ mediasDbUrl }: System, mediaIds: string[]): Promise<JobRow[]> {
  const rows = await runStatement(
    mediasDbUrl,
    `SELECT v.status, v.attempts, v.starts,
            ARRAY(SELECT format('%s.%s %s×%s', preset, format, width, height) FROM media_size
                  WHERE version_id = v.id ORDER BY 1) AS sizes,
            events.*, (SELECT count(*) FROM dead_job WHERE version_id = v.id)::int AS dead
     FROM media_version v,
          LATERAL (SELECT (count(*) FILTER (WHERE type = 'processing'))::int AS processing,
                          (count(*) FILTER (WHERE type = 'ready'))::int AS ready,
                          (count(*) FILTER (WHERE type = 'failed'))::int AS failed
                   FROM event WHERE media_id = v.media_id AND version_id = v.id) events
     WHERE v.media_id = ANY($1::uuid[]) ORDER BY v.media_id`,
    [mediaIds],
  )
  return rows as JobRow[]
}

/** Waits until each of these media is ready or failed. */
export async function becomeSettled(system: System, mediaIds: string[], limitMs: number): Promise<void> {
  await eventually(
    async () => {
      const unsettled = await runStatement(
        system.mediasDbUrl,
        `SELECT media_id, status, attempts FROM media_version
         WHERE media_id = ANY($1::uuid[]) AND status IN ('queued', 'processing')`,
        [mediaIds],
      )
      expect(unsettled).toEqual([])
    },
    { limitMs, everyMs: 250 },
  )
}

/** Each of these pictures of 1280 × 960 was rendered once, with one set of sizes, and its job has left nothing behind. */
export async function expectDoneOnce(system: System, mediaIds: string[]): Promise<void> {
  const jobs = await readJobs(system, mediaIds)
  const sizes = ['large 1280×960', 'medium 640×480', 'small 320×240', 'thumb 200×200', 'xlarge 1280×960'].flatMap(
    (size) => ['avif', 'jpeg'].map((format) => size.replace(' ', `.${format} `)),
  )
  const done = { status: 'ready', attempts: 0, starts: [], sizes, ready: 1, failed: 0, dead: 0 }
  expect(jobs).toEqual(mediaIds.map(() => ({ ...done, processing: expect.any(Number) })))
}

/** The store contains exactly the renditions in the database, each with the number of bytes in the database. */
export async function expectStoreAsNamed({ mediasDbUrl }: System, storeFolder: string): Promise<void> {
  const named = await runStatement(
    mediasDbUrl,
    `SELECT DISTINCT store_key || ' ' || bytes AS file FROM media_size ORDER BY 1`,
  )
  const stored: string[] = []
  const folders = await readdir(join(storeFolder, 'renditions'))
  // A killed worker leaves its unfinished files, which medias-service deletes after two minutes.
  for (const source of folders.filter((name) => name !== '.partial')) {
    for (const name of await readdir(join(storeFolder, 'renditions', source))) {
      const { length } = await readFile(join(storeFolder, 'renditions', source, name))
      stored.push(`renditions/${source}/${name} ${length}`)
    }
  }
  expect(stored.toSorted()).toEqual(named.map((row) => (row as { file: string }).file).toSorted())
}

/** No job waits in the outbox or in any queue. Waits before another try are skipped. */
export async function expectNothingLeft(system: System, limitMs: number): Promise<void> {
  await eventually(
    async () => {
      await endRetryWaits(system.amqpUrl)
      const depths = await Promise.all(queues.map((queue) => queueDepth({ url: system.amqpUrl }, queue)))
      expect(Object.fromEntries(queues.map((queue, index) => [queue, depths[index]]))).toEqual(
        Object.fromEntries(queues.map((queue) => [queue, 0])),
      )
      // If the database failed before it stored that a row was published, the row stays leased for 15 s and is then
      // published again.
      expect(await runStatement(system.mediasDbUrl, 'SELECT * FROM outbox')).toEqual([])
    },
    { limitMs, everyMs: 250 },
  )
}

/** The render processes of a worker. */
function renderProcessesOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** A worker that has begun a job. The job cannot end before `letGo`. */
export interface HeldJob {
  worker: ServiceProcess
  /** Resumes the render processes of these workers; default: of all workers that `holdAJob` was called with. */
  letGo(workers?: ServiceProcess[]): void
}

/**
 * Suspends the render processes of these workers and waits until one of the workers has begun a job, which it counts in
 * the database. Call it before you upload pictures and await it afterwards: the processes are suspended as soon as it has
 * returned its promise.
 *
 * A test that only polls a running worker can miss every job, because on a busy machine the last job can end between two
 * polls.
 */
export async function holdAJob({ mediasDbUrl }: System, workers: ServiceProcess[]): Promise<HeldJob> {
  const stopped = new Map<ServiceProcess, number[]>()
  const stop = (worker: ServiceProcess): void => {
    const pids = renderProcessesOf(worker.pid)
    for (const pid of pids) signalIfThere(pid, 'SIGSTOP')
    stopped.set(worker, [...(stopped.get(worker) ?? []), ...pids])
  }
  const letGo = (some = workers): void => {
    for (const pid of some.flatMap((worker) => stopped.get(worker) ?? [])) signalIfThere(pid, 'SIGCONT')
  }
  // Immediately, because drawing the pictures keeps this process too busy to do it later.
  workers.forEach(stop)
  try {
    const worker = await eventually(
      async () => {
        workers.forEach(stop)
        const begun = await runStatement(
          mediasDbUrl,
          `SELECT split_part(start ->> 'worker', ':', 2)::int AS pid
           FROM media_version, jsonb_array_elements(starts) AS start
           WHERE status = 'processing' AND start ->> 'crashed' IS NULL`,
        )
        const found = workers.find(({ pid }) => begun.some((row) => (row as { pid: number }).pid === pid))
        if (found === undefined) throw new Error('No worker has begun a job')
        return found
      },
      { limitMs: 60_000 },
    )
    return { worker, letGo }
  } catch (error) {
    letGo()
    throw error
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // The process ended after it was listed.
  }
}
