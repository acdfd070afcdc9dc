import { figuresOf, ratios, formatFigures } from '../measure.ts'
import { figuresOfFamily } from '../process-figures.ts'
import { startBarePipeline, type BarePipeline } from './bare-pipeline.ts'
import { cpuOf, cpuSince } from './cpu-by-program.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { queueVersions, readCompletions, repeated, waitUntilReady } from './queued-versions.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
/** The number of pictures for each process in a round. */
const PICTURES = Number(process.env['PICTURES'] ?? 8)

const ways = {
  bare: 'bare pipeline, 2 processes',
  fleet: 'fleet, 2 workers of 1 slot',
  one: 'fleet, 1 worker on 1 core',
  two: 'fleet, 2 workers on 1 core each',
} as const
type Way = keyof typeof ways
const order = Object.keys(ways) as Way[]

interface Round {
  picturesPerSecond: number
  /** CPU milliseconds per picture, by program. */
  cpuMs: Record<string, number>
}

/** Measures the pictures per second of the whole fleet against the pipeline alone, and of two workers against one. */
export async function measureThroughput(fleet: PrivateFleet, pictures: string[]): Promise<void> {
  const bare = await startBarePipeline(2)
  try {
    await bare.render([...pictures, ...pictures].slice(0, 4))
    const rounds: Record<Way, Round[]> = { bare: [], fleet: [], one: [], two: [] }
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of round % 2 === 0 ? order : order.toReversed()) {
        rounds[way].push(way === 'bare' ? await runBare(bare, pictures) : await runFleet(fleet, pictures, way))
      }
    }
    report(rounds)
  } finally {
    bare.stop()
  }
}

async function runBare(bare: BarePipeline, pictures: string[]): Promise<Round> {
  const all = repeated(pictures, PICTURES * 2)
  const cpu = () => bare.pids.reduce((sum, pid) => sum + figuresOfFamily(pid).cpuMs, 0)
  const before = cpu()
  const completions = await bare.render(all)
  return { picturesPerSecond: rateOf(completions, 2), cpuMs: { pipeline: (cpu() - before) / all.length } }
}

async function runFleet(fleet: PrivateFleet, pictures: string[], way: Exclude<Way, 'bare'>): Promise<Round> {
  const count = way === 'one' ? 1 : 2
  await fleet.startWorkers(count, { slots: 1, aCoreEach: way !== 'fleet' })
  try {
    // The first pictures of a process take longer, so they do not count.
    await waitUntilReady(fleet, await queueVersions(fleet, repeated(pictures, count * 2)))
    const all = repeated(pictures, PICTURES * count)
    const before = cpuOf(fleet)
    const versions = await queueVersions(fleet, all)
    await waitUntilReady(fleet, versions)
    const cpuMs = cpuSince(fleet, before, all.length)
    return { picturesPerSecond: rateOf(await readCompletions(fleet, versions), count), cpuMs }
  } finally {
    await fleet.stopWorkers()
  }
}

/**
 * Pictures per second while every process is busy: from the time when each has rendered its first picture until one of
 * them has no more.
 */
function rateOf(completions: number[], processes: number): number {
  const sorted = completions.toSorted((one, other) => one - other)
  const first = processes - 1
  const last = sorted.length - processes
  return ((last - first) * 1_000) / ((sorted[last] ?? 0) - (sorted[first] ?? 0))
}

function report(rounds: Record<Way, Round[]>): void {
  const rates = (way: Way) => rounds[way].map(({ picturesPerSecond }) => picturesPerSecond)
  const cpu = (way: Way) => rounds[way].map(({ cpuMs }) => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0))
  console.log(`\nmedian (lowest–highest) of ${ROUNDS} rounds: pictures per second, CPU ms per picture\n`)
  for (const way of order) {
    console.log(
      `  ${ways[way].padEnd(34)} ${formatFigures(figuresOf(rates(way)), 2).padEnd(20)} ${formatFigures(figuresOf(cpu(way)))}`,
    )
  }
  console.log('\nratios, round by round: pictures per second, CPU\n')
  const compare = (one: Way, other: Way) => {
    const rate = formatFigures(figuresOf(ratios(rates(one), rates(other))), 3)
    const cost = formatFigures(figuresOf(ratios(cpu(one), cpu(other))), 3)
    console.log(`  ${`${ways[one]} / ${ways[other]}`.padEnd(64)} ${rate.padEnd(24)} ${cost}`)
  }
  compare('fleet', 'bare')
  compare('two', 'one')
  console.log(`\nCPU ms per picture, ${ways.fleet}\n`)
  for (const program of Object.keys(rounds.fleet[0]?.cpuMs ?? {})) {
    console.log(
      `  ${program.padEnd(24)} ${formatFigures(figuresOf(rounds.fleet.map(({ cpuMs }) => cpuMs[program] ?? 0)), 1)}`,
    )
  }
}
