import { randomBytes } from 'node:crypto'

import { findFreePort, startPostgres } from '@likeness/local-servers'
import { runMigrations, send, startService } from '@likeness/test-kit'
import pg from 'pg'

/** Fewer than the attempts that an account has. */
const TRIES_PER_ACCOUNT = 8
const ACCOUNTS = Number(process.env['ACCOUNTS'] ?? 50)
const kinds = ['known', 'unknown', 'invited', 'suspended'] as const

type Kind = (typeof kinds)[number]

/**
 * Measures the time of a failed login for each kind of account, one login at a time, in random order. The times must not
 * reveal which addresses have an account.
 */
async function main(): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const postgres = await startPostgres({ name: 'bench', database: 'maindb', port: 'free', durable: false })
    undo.unshift(postgres.remove)
    await runMigrations('maindb', 'up', postgres.url)
    const [authPort, mainPort] = [await findFreePort(), await findFreePort()]
    const [authUrl, mainUrl] = [`http://127.0.0.1:${authPort}`, `http://127.0.0.1:${mainPort}`]
    const shared = { HOST: '127.0.0.1', AUTH_SERVICE_URL: authUrl, TOKEN_ISSUER: authUrl, LOG_LEVEL: 'info' }
    const many = '1000000'
    const limits = { LOGIN_FAILURES_PER_ADDRESS: many, REGISTRATIONS_PER_ADDRESS: many }
    const services = await Promise.all([
      startService({
        folder: 'main-service',
        environment: { ...shared, ...limits, PORT: String(mainPort), MAINDB_URL: postgres.url },
        readyUrl: `${mainUrl}/readyz`,
      }),
      startService({
        folder: 'auth-service',
        environment: { ...shared, PORT: String(authPort), MAIN_SERVICE_URL: mainUrl },
        readyUrl: `${authUrl}/healthz`,
      }),
    ])
    undo.unshift(...services.map(({ stop }) => stop))

    const accounts = await makeAccounts(authUrl, postgres.url)
    const logIn = (email: string) => logInWrongly(authUrl, email)
    // The first requests are slower, until Node has compiled the code and the pools have connections.
    for (let index = 0; index < 100; index++) await logIn(`warm-up-${index}@example.com`)
    report(await measure(accounts, logIn))
  } finally {
    for (const step of undo) await step()
  }
}

/** Addresses of each kind of account. The unknown addresses have the same length as the others. */
async function makeAccounts(authUrl: string, databaseUrl: string): Promise<Map<Kind, string[]>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const accounts = new Map<Kind, string[]>()
  for (const kind of kinds) {
    const emails = Array.from({ length: ACCOUNTS }, () => `${randomBytes(8).toString('hex')}@example.com`)
    accounts.set(kind, emails)
    if (kind === 'unknown') continue
    for (const email of emails) {
      const body = { email, password: randomBytes(12).toString('hex'), name: 'Somebody' }
      const { status } = await send('POST', `${authUrl}/api/v1/auth/register`, { body })
      if (status !== 201) throw new Error(`The registration returned ${status}`)
    }
    if (kind === 'invited') {
      const sql = `UPDATE users SET status = 'invited', password_hash = NULL WHERE email = ANY($1)`
      await client.query(sql, [emails])
    }
    if (kind === 'suspended')
      await client.query(`UPDATE users SET status = 'suspended' WHERE email = ANY($1)`, [emails])
  }
  await client.query('VACUUM ANALYZE')
  await client.end()
  return accounts
}

/** @returns the milliseconds of one login with a wrong password */
async function logInWrongly(authUrl: string, email: string): Promise<number> {
  const body = { email, password: 'this is not the password' }
  const started = performance.now()
  const { status } = await send('POST', `${authUrl}/api/v1/auth/login`, { body })
  const ms = performance.now() - started
  if (status !== 401) throw new Error(`The login returned ${status}`)
  return ms
}

async function measure(
  accounts: Map<Kind, string[]>,
  logIn: (email: string) => Promise<number>,
): Promise<Map<Kind, number[]>> {
  const tries = [...accounts].flatMap(([kind, emails]) =>
    emails.flatMap((email) => Array.from({ length: TRIES_PER_ACCOUNT }, () => ({ kind, email }))),
  )
  const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (const { kind, email } of shuffled(tries)) times.get(kind)?.push(await logIn(email))
  return times
}

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

function report(times: Map<Kind, number[]>): void {
  const known = times.get('known') ?? []
  console.log(
    `\nfailed logins, one at a time, in random order, ${known.length} of each kind: milliseconds, and % of known\n`,
  )
  for (const [kind, all] of times) {
    const figures = [0.1, 0.5, 0.9].map((part) => {
      const [own, reference] = [quantile(all, part), quantile(known, part)]
      return `p${part * 100} ${own.toFixed(2)} (${(100 * (own / reference - 1)).toFixed(1)} %)`.padEnd(22)
    })
    console.log(`  ${kind.padEnd(10)} ${figures.join('')}`)
  }
}

function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}

await main()
