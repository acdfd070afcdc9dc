import { figuresOf, ratios, tell } from '../measure.ts'
import { figuresOfFamily } from '../process-figures.ts'
import { startBarePipeline, type BarePipeline } from './bare-pipeline.ts'
import type { PrivateFleet } from './private-fleet.ts'
import { queueVersions, readCompletions, repeated, waitUntilReady } from './queued-versions.ts'
import { cpuOf, cpuSince } from './who-takes-cpu.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
/** Pictures of each of two processes in a round; a single process gets as many. */
const PICTURES = Number(process.env['PICTURES'] ?? 8)

const ways = {
  bare: 'bare pipeline, 2 processes',
  fleet: 'fleet, 2 workers of 1 slot',
  one: 'fleet, 1 worker on 1 core',
  two: 'fleet, 2 workers on a core each',
} as const
type Way = keyof typeof ways
const order = Object.keys(ways) as Way[]

interface Round {
  picturesPerSecond: number
  /** CPU milliseconds of a picture, by program. */
  cpuMs: Record<string, number>
}

/** Measures pictures per second of the whole fleet against the pipeline alone, and of one worker against two. */
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
    // The first picture of a process costs more than the next.
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
 * Pictures per second while every process renders one: from the moment when each has done its first until one of them
 * finds no more.
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
  console.log(`\nmedian (lowest–highest) of ${ROUNDS} rounds: pictures a second, CPU ms of a picture\n`)
  for (const way of order) {
    console.log(`  ${ways[way].padEnd(34)} ${tell(figuresOf(rates(way)), 2).padEnd(20)} ${tell(figuresOf(cpu(way)))}`)
  }
  console.log('\nround by round: pictures a second, CPU\n')
  const compare = (one: Way, other: Way) => {
    const rate = tell(figuresOf(ratios(rates(one), rates(other))), 3)
    const cost = tell(figuresOf(ratios(cpu(one), cpu(other))), 3)
    console.log(`  ${`${ways[one]} / ${ways[other]}`.padEnd(64)} ${rate.padEnd(24)} ${cost}`)
  }
  compare('fleet', 'bare')
  compare('two', 'one')
  console.log(`\nCPU ms of a picture, ${ways.fleet}\n`)
  for (const who of Object.keys(rounds.fleet[0]?.cpuMs ?? {})) {
    console.log(`  ${who.padEnd(24)} ${tell(figuresOf(rounds.fleet.map(({ cpuMs }) => cpuMs[who] ?? 0)), 1)}`)
  }
}
