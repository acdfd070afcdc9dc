import { setTimeout as pause } from 'node:timers/promises'

import { connectBroker, consumeJobs } from '@likeness/media-jobs'
import { registerSomebody, type Person } from '@likeness/test-kit'

import { figuresOf, percentile, ratios, formatFigures } from '../measure.ts'
import { listenForReady, uploadUntilReady, writeCopy, type ReadyListener } from '../ready-media.ts'
import { startBarePipeline } from './bare-pipeline.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { forgetMedia, queueVersions, repeated, waitForStarts } from './queued-versions.ts'

const UPLOADS = Number(process.env['UPLOADS'] ?? 20)
const DELIVERIES = 100
/** More jobs than the workers can do while the uploads are measured. */
const BULK_JOBS = 400

/** Measures the time from an upload until it is ready, on an idle fleet and with a full bulk queue. */
export async function measureLatency(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  const person = await registerSomebody(fleet.system)
  const ready = await listenForReady(fleet.postgres.url)
  const bare = await startBarePipeline(1)
  try {
    await reportDeliveries(fleet, pictures)

    await fleet.startWorkers(2, { slots: 1 })
    const alone: number[] = []
    const whole: number[] = []
    for (const picture of repeated(pictures, UPLOADS + 2)) {
      const own = await writeCopy(fleet.folder, picture)
      const start = performance.now()
      await bare.render([own])
      alone.push(performance.now() - start)
      whole.push(await uploadUntilReady(fleet.system, person, ready, own))
    }
    await fleet.stopWorkers()
    // The first pictures of a process take longer, so they do not count.
    const added = whole.slice(2).map((ms, index) => ms - (alone[index + 2] ?? Number.NaN))
    console.log(
      `\nmilliseconds from the upload's 201 to ready, idle fleet, ${UPLOADS} uploads: median (lowest–highest), p95\n`,
    )
    printMs('pipeline alone', alone.slice(2))
    printMs('201 to ready', whole.slice(2))
    printMs('above the pipeline alone', added)

    for (const deployment of deployments) await reportBesideBulk(fleet, pictures, person, ready, deployment)
  } finally {
    bare.stop()
    await ready.stop()
    await fleet.stopWorkers()
  }
}

/** Measures the time from the commit of an outbox row until a consumer like that of a worker has its message. */
async function reportDeliveries(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  const logger = { info: () => undefined, warn: console.warn, error: console.error }
  const broker = connectBroker({ url: fleet.system.amqpUrl, name: 'bench', logger })
  let arrived: (versionId: string) => void = () => undefined
  const consumer = consumeJobs(broker, {
    // Each job belongs to another owner.
    routingKey: 'express',
    worker: 'bench',
    prefetch: () => 1,
    handle: async ({ job }) => arrived(job.versionId),
  })
  while (!consumer.isConsuming()) await pause(50)
  const deliveries: number[] = []
  for (const picture of repeated(pictures, DELIVERIES + 5)) {
    const arrival = new Promise<number>((resolve) => (arrived = () => resolve(performance.now())))
    await queueVersions(fleet, [picture])
    const committedAt = performance.now()
    deliveries.push((await arrival) - committedAt)
    // A pause, so that the relay waits for its listener again before the next commit.
    await pause(20)
  }
  await consumer.stop(1_000)
  await broker.close()
  await forgetMedia(fleet)
  console.log(`\nmilliseconds from the outbox row's commit to a consumer that has the job, ${DELIVERIES} of them\n`)
  printMs('delivery', deliveries.slice(5))
}

/**
 * Workers in different deployments. If workers share cores, niceness only has an effect within one worker: between
 * sessions or containers, the kernel divides a core evenly and ignores the niceness of their processes.
 */
const deployments = [
  { name: '1 worker of 2 slots', workers: 1, slots: 2, aCoreEach: false },
  { name: '2 workers of 1 slot and 1 core', workers: 2, slots: 1, aCoreEach: true },
  { name: '2 workers of 2 slots, on the same cores', workers: 2, slots: 2, aCoreEach: false },
]

async function reportBesideBulk(
  fleet: PrivateFleet,
  pictures: string[],
  person: Person,
  ready: ReadyListener,
  { name, workers, ...each }: (typeof deployments)[number],
): Promise<void> {
  await fleet.startWorkers(workers, each)
  const some = async (): Promise<number[]> => {
    const all: number[] = []
    for (const picture of repeated(pictures, UPLOADS / 2 + 2)) {
      all.push(await uploadUntilReady(fleet.system, person, ready, await writeCopy(fleet.folder, picture)))
    }
    return all.slice(2)
  }
  const idle = await some()
  const versions = await queueVersions(fleet, repeated(pictures, BULK_JOBS), { routingKey: 'bulk' })
  await waitForStarts(fleet)
  const beside = await some()
  const { rows } = await fleet.client.query<{ done: number }>(
    `SELECT count(*)::int AS done FROM media_version WHERE status = 'ready' AND id = ANY($1::uuid[])`,
    [versions.map(({ versionId }) => versionId)],
  )
  if (rows[0]?.done === BULK_JOBS)
    throw new Error('The bulk queue was empty before the uploads were ready. Increase BULK_JOBS')
  await forgetMedia(fleet)
  await fleet.stopWorkers()
  console.log(`\nthe same with a full bulk queue, ${name}, ${idle.length} uploads each\n`)
  printMs('201 to ready, idle', idle)
  printMs('201 to ready, bulk queue full', beside)
  console.log(`  ${'full / idle'.padEnd(34)} ${formatFigures(figuresOf(ratios(beside, idle)), 2)}`)
}

function printMs(name: string, values: number[]): void {
  const digits = percentile(values, 50) < 20 ? 1 : 0
  console.log(
    `  ${name.padEnd(34)} ${formatFigures(figuresOf(values), digits).padEnd(24)} ${percentile(values, 95).toFixed(digits)}`,
  )
}
