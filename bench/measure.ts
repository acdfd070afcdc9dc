import { readFileSync } from 'node:fs'

import autocannon from 'autocannon'

/** A URL to measure. */
export interface Target {
  name: string
  url: string
  token: string
  /** The id of the process that responds. */
  pid: number
}

/** The result of one round of one target. */
export interface Round {
  requestsPerSecond: number
  /** CPU of the responding process per request, in microseconds. A busy machine affects it less than the rate. */
  cpuMicroseconds: number
}

interface Figures {
  median: number
  lowest: number
  highest: number
}

const CONNECTIONS = 16
const SECONDS = 4

/**
 * Measures each target in turn, round after round. The speed of the machine varies over time, but the results of one round
 * can be compared.
 *
 * @returns the rounds by the name of the target
 * @throws if a response is not 2xx, because error responses are faster
 */
export async function measureInTurns(targets: Target[], rounds: number): Promise<Map<string, Round[]>> {
  const results = new Map(targets.map(({ name }) => [name, [] as Round[]]))
  for (const target of targets) await ask(target, 1)
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      results.get(target.name)?.push(await ask(target, SECONDS))
    }
  }
  return results
}

async function ask({ name, url, token, pid }: Target, seconds: number): Promise<Round> {
  const headers = { authorization: `Bearer ${token}` }
  const before = cpuMicroseconds(pid)
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds, headers })
  if (result.non2xx + result.errors > 0) throw new Error(`${name}: ${result.non2xx} not 2xx, ${result.errors} errors`)
  return {
    requestsPerSecond: result.requests.average,
    cpuMicroseconds: (cpuMicroseconds(pid) - before) / result.requests.total,
  }
}

/** proc(5): user and system time are the 14th and 15th field of /proc/pid/stat, in hundredths of a second. */
function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** The ratios of two targets, round by round. */
export function ratios(one: number[] = [], other: number[] = []): number[] {
  return one.map((value, round) => value / (other[round] ?? Number.NaN))
}

export function figuresOf(values: number[]): Figures {
  return { median: percentile(values, 50), lowest: percentile(values, 0), highest: percentile(values, 100) }
}

export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(((sorted.length - 1) * percent) / 100)] ?? Number.NaN
}

export function formatFigures({ median, lowest, highest }: Figures, digits = 0): string {
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`
}
