import { spawnBound } from '@likeness/local-servers'

import { startMainWithUsers, type MainWithUsers } from '../main-with-users.ts'
import { figuresOf, formatFigures, percentile } from '../measure.ts'

const CLIENTS = 20
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const REQUESTS = Number(process.env['REQUESTS'] ?? 300)

/** Measures how much clients that read `/metrics` without a pause slow down other requests to the same process. */
async function main(): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const service = await startMainWithUsers(1_000, undo)
    await visitEveryRoute(service)
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    console.log(`\n/metrics has ${Math.round(metrics.length / 1_000)} KB and ${metrics.split('\n').length} lines\n`)
    const situations = {
      idle: undefined,
      [`${CLIENTS} clients at /healthz`]: '/healthz',
      [`${CLIENTS} clients at /metrics`]: '/metrics',
    }
    const medians = new Map(Object.keys(situations).map((name) => [name, [] as number[]]))
    await measure(service)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, path] of Object.entries(situations)) {
        const others = path === undefined ? undefined : startClients(service.url + path)
        if (others) await pause(3_000)
        medians.get(name)?.push(percentile(await measure(service), 50))
        await others?.stop()
        await pause(1_000)
      }
    }
    report(medians)
  } finally {
    for (const step of undo) await step()
  }
}

function report(medians: Map<string, number[]>): void {
  const idle = medians.get('idle') ?? []
  console.log(
    `GET /users/me of one client, median in ms, and as a multiple of idle: median (lowest–highest) of ${ROUNDS}\n`,
  )
  for (const [name, values] of medians) {
    const multiples = values.map((value, round) => value / (idle[round] ?? Number.NaN))
    console.log(
      `  ${name.padEnd(24)} ${formatFigures(figuresOf(values), 2).padEnd(24)} ${formatFigures(figuresOf(multiples), 2)}`,
    )
  }
}

/** Calls every route with and without a token, so that the metrics have the series of a service that was used. */
async function visitEveryRoute({ url, token }: MainWithUsers): Promise<void> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of Object.keys(operations)) {
      for (const id of ['0197f4a0-0000-7000-8000-00000000000a', 'none']) {
        const address = `${url}/api/v1${path.replace(/\{\w+\}/g, id)}`
        await fetch(address, { method: method.toUpperCase() })
        await fetch(address, { method: method.toUpperCase(), headers: { authorization: `Bearer ${token}` } })
        await fetch(`${address}?unknown=1`, {
          method: method.toUpperCase(),
          headers: { authorization: `Bearer ${token}` },
        })
      }
    }
  }
}

/** @returns the milliseconds of each of some requests, one after another */
async function measure({ url, token }: MainWithUsers): Promise<number[]> {
  const times: number[] = []
  for (let request = 0; request < REQUESTS; request++) {
    const start = performance.now()
    const response = await fetch(`${url}/api/v1/users/me`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    times.push(performance.now() - start)
    if (!response.ok) throw new Error(`/users/me returned ${response.status}`)
  }
  return times
}

/** Starts clients in a process of their own, so that they do not slow down the measured client. */
function startClients(url: string): { stop(): Promise<void> } {
  const child = spawnBound({
    command: process.execPath,
    args: ['--conditions=source', '--import', 'tsx', 'bench/scrapes/clients.ts', url, String(CLIENTS)],
    cwd: process.cwd(),
    environment: { PATH: process.env['PATH'] ?? '' },
    deathSignal: 'KILL',
  })
  return { stop: () => child.end('SIGKILL', 1_000) }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

await main()
