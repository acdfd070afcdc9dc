import { join } from 'node:path'

import sharp from 'sharp'

import { figuresOfFamily, proportionalBytesOf } from '../process-figures.ts'
import { cpuOf, cpuSince } from './cpu-by-program.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { queueVersions, readCompletions, repeated, waitUntilReady } from './queued-versions.ts'

const JOBS = Number(process.env['JOBS'] ?? 10_000)
/** The number of different sources. */
const SOURCES = 100
const SAMPLE_MS = 1_000
/** For each job, on a machine that other programs use too. */
const LIMIT_MS = 60

/** Resident bytes at one moment by program, and the number of jobs that were done by then. */
interface Sample {
  done: number
  bytes: Record<string, number>
}

/** Measures memory while a long queue is drained. Memory that grows with the number of jobs would be a leak. */
export async function measureDrain(fleet: PrivateFleet): Promise<void> {
  const pictures = await drawSmallPictures(fleet, SOURCES)
  await fleet.startWorkers(2, { slots: 1 })
  const before = residentBytes(fleet)
  const cpuBefore = cpuOf(fleet)
  const versions = await queueVersions(fleet, repeated(pictures, JOBS), { sources: SOURCES })
  const samples: Sample[] = []
  const onPoll = (left: number): void => void samples.push({ done: JOBS - left, bytes: residentBytes(fleet) })
  await waitUntilReady(fleet, versions, { limitMs: JOBS * LIMIT_MS, everyMs: SAMPLE_MS, onPoll })
  const cpuMs = cpuSince(fleet, cpuBefore, JOBS)
  const completions = await readCompletions(fleet, versions)
  const seconds = ((completions.at(-1) ?? 0) - (completions[0] ?? 0)) / 1_000
  await fleet.stopWorkers()
  report(before, samples, JOBS / seconds)
  console.log('\nCPU ms per job\n')
  for (const [program, ms] of Object.entries(cpuMs)) console.log(`  ${program.padEnd(24)} ${ms.toFixed(2)}`)
}

function residentBytes({ system, postgres, rabbit }: PrivateFleet): Record<string, number> {
  const residentOf = (pids: number[], which: 'all' | 'root' | 'children' = 'all') =>
    pids.reduce((sum, pid) => sum + figuresOfFamily(pid, which).residentBytes, 0)
  const workers = system.workers.map(({ pid }) => pid)
  return {
    'workers themselves': residentOf(workers, 'root'),
    'render processes': residentOf(workers, 'children'),
    'medias-service': residentOf([system.medias.pid]),
    RabbitMQ: residentOf([rabbit.pid]),
    // PostgreSQL's backends share most of their memory.
    PostgreSQL: proportionalBytesOf(postgres.pid),
  }
}

/** Prints the memory of each program before, after 10 %, 50 % and 100 % of the jobs, its maximum, and its late growth. */
function report(before: Record<string, number>, samples: Sample[], jobsPerSecond: number): void {
  const at = (part: number) => samples.find(({ done }) => done >= JOBS * part)?.bytes ?? {}
  console.log(
    `\n${JOBS} small jobs, ${jobsPerSecond.toFixed(1)} per second; resident MB, all processes of a kind together\n`,
  )
  const columns = ['idle', '10 %', '50 %', '100 %', 'maximum', '50–100 %, kB per job']
  console.log(`  ${''.padEnd(22)} ${columns.map((name) => name.padStart(6)).join('  ')}`)
  for (const program of Object.keys(before)) {
    const series = samples.map(({ bytes }) => bytes[program] ?? 0)
    const moments = [before, at(0.1), at(0.5), at(1)].map((bytes) => bytes[program] ?? 0)
    const cells = [...moments, Math.max(...series)].map((bytes) => (bytes / 1_048_576).toFixed(0).padStart(6))
    console.log(`  ${program.padEnd(22)} ${cells.join('  ')}  ${growthOf(samples, program).toFixed(2)}`)
  }
}

/** Kilobytes per job in the second half of the drain: the slope of a line through all samples. */
function growthOf(samples: Sample[], program: string): number {
  const points = samples
    .filter(({ done }) => done >= JOBS / 2)
    .map(({ done, bytes }) => [done, bytes[program] ?? 0] as const)
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length
  const [meanDone, meanBytes] = [mean(0), mean(1)]
  const covariance = points.reduce((sum, [done, bytes]) => sum + (done - meanDone) * (bytes - meanBytes), 0)
  const variance = points.reduce((sum, [done]) => sum + (done - meanDone) ** 2, 0)
  return covariance / variance / 1_024
}

/** Large enough for every step of a job, and small enough for ten thousand jobs. Each has four renditions. */
async function drawSmallPictures({ folder }: PrivateFleet, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const background = { r: (index * 7) % 256, g: (index * 31) % 256, b: 128 }
      const path = join(folder, `small-${index}.jpg`)
      await sharp({ create: { width: 96, height: 72, channels: 3, background } })
        .jpeg()
        .toFile(path)
      return path
    }),
  )
}
