import { findFreePort, spawnBound } from '@likeness/local-servers'

import { startMainWithUsers } from '../main-with-users.ts'
import { figuresOf, measureInTurns, ratios, formatFigures, type Round } from '../measure.ts'

const USERS = 100_000
const ROUNDS = Number(process.env['ROUNDS'] ?? 7)

/** Measures reads of main-service with 100,000 users, against the same middleware with a bare pg pool in the same run. */
async function main(): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const { url, pid, token, ...sources } = await startMainWithUsers(USERS, undo)
    const floorPort = await findFreePort()
    const floor = await startFloor({ port: floorPort, ...sources })
    undo.unshift(floor.stop)

    const target = (name: string, targetPid: number, targetUrl: string) => ({
      name,
      url: targetUrl,
      token,
      pid: targetPid,
    })
    const mainUrl = `${url}/api/v1`
    const floorUrl = `http://127.0.0.1:${floorPort}/api/v1`
    const results = await measureInTurns(
      [
        target('floor /users/me', floor.pid, `${floorUrl}/users/me`),
        target('GET /users/me', pid, `${mainUrl}/users/me`),
        target('floor /users', floor.pid, `${floorUrl}/users`),
        target('GET /users', pid, `${mainUrl}/users`),
        target('GET /users, last page', pid, `${mainUrl}/users?after=${await cursorOfLastPage(mainUrl, token)}`),
      ],
      ROUNDS,
    )
    report(results)
  } finally {
    for (const step of undo) await step()
  }
}

function report(results: Map<string, Round[]>): void {
  const rates = (name: string) => results.get(name)?.map(({ requestsPerSecond }) => requestsPerSecond) ?? []
  const costs = (name: string) => results.get(name)?.map(({ cpuMicroseconds }) => cpuMicroseconds) ?? []
  console.log(`\nmedian (lowest–highest) of ${ROUNDS} rounds: requests per second, CPU microseconds per request\n`)
  for (const name of results.keys()) {
    console.log(
      `  ${name.padEnd(24)} ${formatFigures(figuresOf(rates(name))).padEnd(20)} ${formatFigures(figuresOf(costs(name)))}`,
    )
  }
  console.log('\nratios, round by round: requests per second, CPU\n')
  const compare = (one: string, other: string) => {
    const rate = formatFigures(figuresOf(ratios(rates(one), rates(other))), 2)
    const cost = formatFigures(figuresOf(ratios(costs(one), costs(other))), 2)
    console.log(`  ${`${one} / ${other}`.padEnd(44)} ${rate.padEnd(20)} ${cost}`)
  }
  compare('GET /users/me', 'floor /users/me')
  compare('GET /users', 'floor /users')
  compare('GET /users', 'GET /users, last page')
}

async function startFloor(floor: { port: number; databaseUrl: string; keysUrl: string; issuer: string }) {
  const child = spawnBound({
    command: process.execPath,
    args: ['--conditions=source', '--import', 'tsx', 'bench/users/floor.ts'],
    cwd: process.cwd(),
    environment: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: floor.databaseUrl,
      KEYS_URL: floor.keysUrl,
      ISSUER: floor.issuer,
      PORT: String(floor.port),
    },
    deathSignal: 'KILL',
  })
  child.stdout?.resume()
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`http://127.0.0.1:${floor.port}/healthz`).catch(() => undefined)
    if (answer?.ok) return { pid: child.pid, stop: () => child.end('SIGKILL', 1_000) }
    if (tries === 100) throw new Error('The baseline server did not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A cursor is valid only for its sort order, so the last page is found in the reverse order and its cursor is rewritten. */
async function cursorOfLastPage(mainUrl: string, token: string): Promise<string> {
  const answer = await fetch(`${mainUrl}/users?sort=createdAt&limit=50`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { page } = (await answer.json()) as { page: { next: string } }
  const [, ...place] = JSON.parse(Buffer.from(page.next, 'base64url').toString())
  return Buffer.from(JSON.stringify(['-createdAt', ...place])).toString('base64url')
}

await main()
