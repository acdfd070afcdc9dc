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
  ...['interactive', 'bulk'].flatMap((name) => [
    `media.jobs.${name}`,
    ...['5s', '30s', '2m', '10m'].map((tier) => `media.jobs.${name}.retry.${tier}`),
  ]),
]

/** What the database says of a media's only version and of its job. */
interface JobRow {
  status: string
  /** Starts that have not come to a controlled end, by their number and by their list. */
  attempts: number
  starts: unknown[]
  /** `preset.format width×height`, in order. */
  sizes: string[]
  /** How often it was told of each. */
  processing: number
  ready: number
  failed: number
  /** How often it was given up. */
  dead: number
}

/** Uploads a picture that no other hue's is like. @returns the media's id */
export async function sendPicture(system: System, person: Person, hue: number): Promise<string> {
  const { bytes } = await makeCameraPicture({ width: 1280, height: 960, hue })
  return sendBytes(system, person, bytes)
}

/** Uploads a file, which is to be taken. @returns the media's id */
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
            told.*, (SELECT count(*) FROM dead_job WHERE version_id = v.id)::int AS dead
     FROM media_version v,
          LATERAL (SELECT (count(*) FILTER (WHERE type = 'processing'))::int AS processing,
                          (count(*) FILTER (WHERE type = 'ready'))::int AS ready,
                          (count(*) FILTER (WHERE type = 'failed'))::int AS failed
                   FROM event WHERE media_id = v.media_id AND version_id = v.id) told
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

/** Each of these pictures of 1280 × 960 has come to its end once, with one set of sizes, and nothing is left of its job. */
export async function expectDoneOnce(system: System, mediaIds: string[]): Promise<void> {
  const jobs = await readJobs(system, mediaIds)
  const sizes = ['large 1280×960', 'medium 640×480', 'small 320×240', 'thumb 200×200', 'xlarge 1280×960'].flatMap(
    (size) => ['avif', 'jpeg'].map((format) => size.replace(' ', `.${format} `)),
  )
  const done = { status: 'ready', attempts: 0, starts: [], sizes, ready: 1, failed: 0, dead: 0 }
  expect(jobs).toEqual(mediaIds.map(() => ({ ...done, processing: expect.any(Number) })))
}

/** The store has the renditions that rows name, with the bytes that they say, and no others. */
export async function expectStoreAsNamed({ mediasDbUrl }: System, storeFolder: string): Promise<void> {
  const named = await runStatement(
    mediasDbUrl,
    `SELECT DISTINCT store_key || ' ' || bytes AS file FROM media_size ORDER BY 1`,
  )
  const stored: string[] = []
  for (const source of await readdir(join(storeFolder, 'renditions'))) {
    for (const name of await readdir(join(storeFolder, 'renditions', source))) {
      const { length } = await readFile(join(storeFolder, 'renditions', source, name))
      stored.push(`renditions/${source}/${name} ${length}`)
    }
  }
  expect(stored.toSorted()).toEqual(named.map((row) => (row as { file: string }).file).toSorted())
}

/** No job waits anywhere: not in the outbox, not for a worker, and not for another try, for which it need not wait. */
export async function expectNothingLeft(system: System, limitMs: number): Promise<void> {
  await eventually(
    async () => {
      await endRetryWaits(system.amqpUrl)
      const depths = await Promise.all(queues.map((queue) => queueDepth({ url: system.amqpUrl }, queue)))
      expect(Object.fromEntries(queues.map((queue, index) => [queue, depths[index]]))).toEqual(
        Object.fromEntries(queues.map((queue) => [queue, 0])),
      )
      // A row whose publishing a dead database has not noted stays leased for 15 s, and is then published again.
      expect(await runStatement(system.mediasDbUrl, 'SELECT * FROM outbox')).toEqual([])
    },
    { limitMs, everyMs: 250 },
  )
}

/** The processes that a worker renders in. */
function renderProcessesOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** A worker that has begun a job, which cannot end before `letGo`. */
export interface HeldJob {
  worker: ServiceProcess
  /** Lets render processes go on: those of all the workers that were asked for, or of these. */
  letGo(workers?: ServiceProcess[]): void
}

/**
 * Stops the render processes of these workers, and waits until one of the workers has begun a job, by the start that it
 * counted in the database. Call it before sending the pictures, and wait for it afterwards: when it returns its promise,
 * the processes are stopped.
 *
 * A test that only asks a running worker again and again whether it is busy can come too late each time: on a busy
 * machine, the last job ends between two questions.
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
  // At once: drawing the pictures keeps this process too busy to do it later.
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
    // It ended between the listing and the signal.
  }
}
