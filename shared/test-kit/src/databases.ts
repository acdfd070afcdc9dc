import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'

import pg from 'pg'

import { bareEnvironment, readTestServer, repository } from './test-run.ts'

/** The databases of the system. */
export type DatabaseName = 'maindb' | 'mediasdb'

/** The passwords of the roles of mediasdb in the run's server, for `logInAs`. */
const passwords = { MEDIASDB_SERVICE_PASSWORD: 'medias_service', MEDIASDB_WORKER_PASSWORD: 'media_worker' }

/** A database of one test file. */
export interface TestDatabase {
  /** For the owner of the database. */
  url: string
  /** Closes all connections to the database and drops it. */
  drop(): Promise<void>
}

/**
 * Creates a database in the run's server. With a template, it is a clone of the migrated (and, for maindb, seeded)
 * template; without a template, it is empty.
 */
export async function createDatabase({ template }: { template?: DatabaseName } = {}): Promise<TestDatabase> {
  const postgresUrl = readTestServer('postgresUrl')
  const name = `${template ?? 'empty'}_${randomBytes(6).toString('hex')}`
  await inAdministration(postgresUrl, async (client) => {
    // PostgreSQL rejects a second clone of a template during the first one.
    await client.query("select pg_advisory_lock(hashtext('clone'))")
    await client.query(`create database ${name}${template ? ` template ${templateOf(template)}` : ''}`)
  })
  return {
    url: withDatabase(postgresUrl, name),
    drop: () =>
      inAdministration(postgresUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`)
      }),
  }
}

/** Creates and migrates the template of a database. Then it forbids connections, so that the template can be cloned. */
export async function createTemplate(postgresUrl: string, database: DatabaseName): Promise<void> {
  const name = templateOf(database)
  await inAdministration(postgresUrl, async (client) => {
    await client.query(`create database ${name}`)
  })
  await runMigrations(database, 'up', withDatabase(postgresUrl, name))
  await inAdministration(postgresUrl, async (client) => {
    await client.query(`alter database ${name} with is_template true allow_connections false`)
  })
}

/**
 * Runs run-migrations.sh on one database.
 *
 * @param command `up`, `undo` (the last one), `down` (all of them), `status` or `seed`
 * @param environment variables of the seeders; default: the passwords of the roles in the run's server
 * @returns its output
 * @throws Error with its output if it fails
 */
export async function runMigrations(
  database: DatabaseName,
  command: string,
  url: string,
  environment: Record<string, string> = database === 'mediasdb' ? passwords : {},
): Promise<string> {
  const [target, variable] = database === 'maindb' ? ['main', 'MAINDB_URL'] : ['medias', 'MEDIASDB_URL']
  const { stdout } = await promisify(execFile)(join(repository, 'run-migrations.sh'), [target, command], {
    env: { ...bareEnvironment(), ...environment, [variable]: url },
  })
  return stdout
}

/** Runs one statement, for a state that the API cannot create, such as expired rows. @returns its rows */
export async function runStatement(url: string, statement: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement, values)).rows
  } finally {
    await client.end()
  }
}

function templateOf(database: DatabaseName): string {
  return `${database}_template`
}

function withDatabase(postgresUrl: string, database: string): string {
  const url = new URL(postgresUrl)
  url.pathname = `/${database}`
  return url.href
}

async function inAdministration(postgresUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
