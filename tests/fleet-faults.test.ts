import { setTimeout as pause } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  eventually,
  registerSomebody,
  runStatement,
  send,
  startSystem,
  type Person,
  type ServiceProcess,
  type System,
} from '@likeness/test-kit'
import sharp from 'sharp'

import {
  becomeSettled,
  expectDoneOnce,
  expectNothingLeft,
  expectStoreAsNamed,
  holdAJob,
  readJobs,
  sendBytes,
  sendPicture,
} from './fleet.ts'
import { endRetryWaits } from './retry-waits.ts'

/** More than other pictures need (a render process started from its sources takes 100), less than `greedyPicture` needs. */
const RENDER_MEMORY_MB = 400

describe('A fleet of workers', () => {
  let system: System
  let ada: Person

  beforeAll(async () => {
    system = await startSystem({
      workers: 0,
      environment: { 'media-worker': { WORKER_SLOTS: '2', RENDER_MEMORY_MB: String(RENDER_MEMORY_MB) } },
    })
    ada = await registerSomebody(system)
  })
  beforeEach(async () => {
    await Promise.all([system.startWorker(), system.startWorker(), system.startWorker()])
  })
  afterEach(() => Promise.all(system.workers.splice(0).map((worker) => worker.kill())))
  afterAll(() => system?.stop())

  const sendPictures = (hues: number[]): Promise<string[]> =>
    Promise.all(hues.map((hue) => sendPicture(system, ada, hue)))
  const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index)
  /** Interlaced, so that all 486 MB must be in memory at once. */
  const greedyPicture = (): Promise<Buffer> =>
    sharp({ create: { width: 9_000, height: 9_000, channels: 3, background: '#345' } })
      .toColourspace('rgb16')
      .png({ progressive: true, compressionLevel: 1 })
      .toBuffer()
  /** Checks again after the workers have stopped, because a job that a worker still held would only then be visible. */
  const endsWithNothingLeft = async (): Promise<void> => {
    await expectNothingLeft(system, 60_000)
    await Promise.all(system.workers.map((worker) => worker.stop()))
    // Without consumers, a remaining job would stay. The limit is for the queries, which take long on a busy machine.
    await expectNothingLeft(system, 30_000)
  }

  it('does every job once while one worker after another is killed', async () => {
    const KILLS = 20
    const alive = [...system.workers]
    const mediaIds = await sendPictures(numbers(0, 60))
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = alive.shift() as ServiceProcess
      const killVictim = async (): Promise<void> => {
        const held = await holdAJob(system, [victim])
        // Every other worker is certainly killed during a job, the others at any time during or after a job.
        if (kill % 2 === 1) {
          held.letGo()
          await pause(kill * 50)
        }
        await victim.kill()
        held.letGo()
      }
      // Every tenth picture has the bytes of the first.
      const next = numbers(mediaIds.length, 7).map((number) => (number % 10 === 9 ? 0 : number))
      const [, more] = await Promise.all([killVictim(), sendPictures(next)])
      mediaIds.push(...more)
      const [replacement] = await Promise.all([system.startWorker({ WORKER_SLOTS: '1' }), pause(1_000)])
      alive.push(replacement)
    }
    await becomeSettled(system, mediaIds, 60_000)
    await endsWithNothingLeft()
    expect(mediaIds).toHaveLength(200)
    await expectDoneOnce(system, mediaIds)
    await expectStoreAsNamed(system, system.storeFolder)
    const starts = (await readJobs(system, mediaIds)).reduce((sum, { processing }) => sum + processing, 0)
    // Interrupted jobs were started again.
    expect(starts - mediaIds.length).toBeGreaterThanOrEqual(KILLS / 2)
  }, 300_000)

  it('does a job once that is delivered fifty times at the same time', async () => {
    for (const worker of system.workers) worker.freeze()
    const mediaId = await sendPicture(system, ada, 200)
    // Bulk jobs, because interactive jobs wait for their turn in the outbox.
    await runStatement(
      system.mediasDbUrl,
      `INSERT INTO outbox (routing_key, payload)
       SELECT 'bulk', jsonb_build_object('contract', 1, 'kind', 'render', 'mediaId', media_id, 'versionId', id)
       FROM media_version, generate_series(2, 50) WHERE media_id = $1`,
      [mediaId],
    )
    await eventually(async () => expect(await runStatement(system.mediasDbUrl, 'SELECT FROM outbox')).toHaveLength(0), {
      limitMs: 60_000,
    })
    for (const worker of system.workers) worker.thaw()
    await becomeSettled(system, [mediaId], 20_000)
    await endsWithNothingLeft()
    await expectDoneOnce(system, [mediaId])
    await expectStoreAsNamed(system, system.storeFolder)
    expect((await readJobs(system, [mediaId]))[0]?.processing).toBe(1)
    const outcomes = system.workers.flatMap(({ log }) => log).filter(({ event }) => event === 'job.done')
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['done', ...Array(49).fill('done-already')])
  })

  it('gives up a picture after it crashed three render processes, and renders the other pictures meanwhile', async () => {
    const greedy = await sendBytes(system, ada, await greedyPicture())
    const neighbours: string[] = []
    while ((await readJobs(system, [greedy]))[0]?.status !== 'failed') {
      neighbours.push(...(await sendPictures(numbers(210 + neighbours.length, 4))))
      await becomeSettled(system, neighbours, 20_000)
      await endRetryWaits(system.amqpUrl)
    }
    expect(neighbours.length).toBeGreaterThanOrEqual(8)
    await expectDoneOnce(system, neighbours)
    for (const { processing } of await readJobs(system, neighbours)) expect(processing).toBe(1)

    const { body } = await send('GET', `${system.mediasUrl}/api/v1/media/${greedy}`, { token: ada.accessToken })
    expect(body.currentVersion).toMatchObject({ status: 'failed', error: { code: 'render-crashed' }, sizes: [] })
    const time = expect.stringMatching(/^2\d{3}-.*Z$/)
    const attempt = { worker: expect.stringMatching(/:\d+:[0-9a-f]{4}$/), startedAt: time, endedAt: time }
    expect(await runStatement(system.mediasDbUrl, 'SELECT * FROM dead_job')).toMatchObject([
      {
        media_id: greedy,
        code: 'render-crashed',
        reason: expect.stringMatching(/memory/),
        attempts: Array.from({ length: 3 }, () => expect.objectContaining(attempt)),
      },
    ])
    await endsWithNothingLeft()
    await expectStoreAsNamed(system, system.storeFolder)
  })

  it('finishes in-flight jobs when workers are stopped, and another worker does the other jobs', async () => {
    const [one, other, mediaIds] = await Promise.all([
      holdAJob(system, system.workers.slice(0, 1)),
      holdAJob(system, system.workers.slice(1, 2)),
      sendPictures(numbers(280, 30)),
    ])
    const stopped = [one, other]
    for (const { worker } of stopped) process.kill(worker.pid, 'SIGTERM')
    for (const { letGo } of stopped) letGo()
    for (const { worker } of stopped) expect(await worker.exited).toEqual({ code: 0, signal: null })
    await becomeSettled(system, mediaIds, 30_000)
    await endsWithNothingLeft()
    await expectDoneOnce(system, mediaIds)
    for (const { processing } of await readJobs(system, mediaIds)) expect(processing).toBe(1)
  })

  it('requeues a job that does not end when its worker is stopped', async () => {
    const [{ worker: stopped, letGo }, mediaId] = await Promise.all([
      holdAJob(system, system.workers),
      sendPicture(system, ada, 320),
    ])
    // The render processes of this worker stay suspended, so that the job cannot end.
    letGo(system.workers.filter((worker) => worker !== stopped))
    process.kill(stopped.pid, 'SIGTERM')
    expect(await stopped.exited).toEqual({ code: 0, signal: null })
    await becomeSettled(system, [mediaId], 10_000)
    await endsWithNothingLeft()
    await expectDoneOnce(system, [mediaId])
    expect((await readJobs(system, [mediaId]))[0]?.processing).toBe(2)
  })
})
