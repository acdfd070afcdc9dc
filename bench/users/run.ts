import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { findFreePort, spawnBound, startPostgres } from '@likeness/local-servers'
import { createTokens, runMigrations, startService } from '@likeness/test-kit'
import pg from 'pg'

import { figuresOf, measureInTurns, ratios, formatFigures, type Round } from '../measure.ts'

const USERS = 100_000
const ROUNDS = Number(process.env['ROUNDS'] ?? 7)

/** Measures reads of main-service with 100,000 users, against the same middleware with a bare pg pool in the same run. */
async function main(): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const postgres = await startPostgres({ name: 'bench', database: 'maindb', port: 'free', durable: false })
    undo.unshift(postgres.remove)
    await runMigrations('maindb', 'up', postgres.url)
    const callerId = await insertUsers(postgres.url)

    const issuer = 'http://localhost:3002'
    const tokens = createTokens({ issuer })
    const jwk = { ...(await tokens.keys.find(undefined)).export({ format: 'jwk' }), kid: 'test' }
    const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
    undo.unshift(async () => keys.close())
    const keysUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`

    const [mainPort, floorPort] = [await findFreePort(), await findFreePort()]
    const mainService = await startService({
      folder: 'main-service',
      environment: {
        HOST: '127.0.0.1',
        PORT: String(mainPort),
        MAINDB_URL: postgres.url,
        AUTH_SERVICE_URL: keysUrl,
        TOKEN_ISSUER: issuer,
        // The requests are counted, but not limited.
        CALLER_REQUESTS_PER_MINUTE: '1000000000',
      },
      readyUrl: `http://127.0.0.1:${mainPort}/readyz`,
    })
    undo.unshift(mainService.stop)
    const floor = await startFloor({ port: floorPort, databaseUrl: postgres.url, keysUrl, issuer })
    undo.unshift(floor.stop)

    const token = tokens.userToken({ sub: callerId, permissions: ['users:read'], expiresIn: 3_600 })
    const target = (name: string, pid: number, url: string) => ({ name, url, token, pid })
    const mainUrl = `http://127.0.0.1:${mainPort}/api/v1`
    const floorUrl = `http://127.0.0.1:${floorPort}/api/v1`
    const results = await measureInTurns(
      [
        target('floor /users/me', floor.pid, `${floorUrl}/users/me`),
        target('GET /users/me', mainService.pid, `${mainUrl}/users/me`),
        target('floor /users', floor.pid, `${floorUrl}/users`),
        target('GET /users', mainService.pid, `${mainUrl}/users`),
        target(
          'GET /users, last page',
          mainService.pid,
          `${mainUrl}/users?after=${await cursorOfLastPage(mainUrl, token)}`,
        ),
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

/** Inserts users with a role. Their creation times are one second apart. @returns the id of a user in the middle */
async function insertUsers(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `INSERT INTO users (id, email, email_key, name, status, password_hash, created_at)
     SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', 'Person ' || n, 'active', 'none',
            now() - n * interval '1 second'
     FROM generate_series(1, $1) n`,
    [USERS],
  )
  await client.query(
    `INSERT INTO user_roles (user_id, role_id) SELECT u.id, r.id FROM users u, roles r WHERE r.name = 'user'`,
  )
  await client.query('VACUUM ANALYZE')
  const { rows } = await client.query('SELECT id FROM users WHERE email = $1', [`${USERS / 2}@example.com`])
  await client.end()
  return rows[0].id
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
