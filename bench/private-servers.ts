import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startPostgres, startRabbit, type PostgresServer, type RabbitServer } from '@likeness/local-servers'
import { runMigrations } from '@likeness/test-kit'
import pg from 'pg'

/** A PostgreSQL server with both migrated databases, and a RabbitMQ node, for one measurement. */
export interface PrivateServers {
  postgres: PostgresServer
  rabbit: RabbitServer
  mainDbUrl: string
  mediasDbUrl: string
  /** A client of mediasdb. */
  client: pg.Client
  /** A scratch folder on the file system of the servers. */
  folder: string
}

/** Starts the servers. `undo` collects the steps that stop them, in the order to run them. */
export async function startPrivateServers(undo: (() => Promise<unknown>)[]): Promise<PrivateServers> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-bench-'))
  undo.unshift(() => rm(folder, { recursive: true, force: true }))
  // The servers run under other accounts, which must be able to enter the folder.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'scratch'))
  const postgres = await startPostgres({
    name: 'bench-postgres',
    database: 'mediasdb',
    port: 'free',
    durable: true,
    folder: join(folder, 'postgres'),
  })
  undo.unshift(postgres.remove)
  const mainDbUrl = postgres.url.replace(/mediasdb$/, 'maindb')
  const client = await connect(postgres.url)
  undo.unshift(() => client.end())
  await client.query('CREATE DATABASE maindb')
  const rabbit = await startRabbit({
    name: 'bench-rabbitmq',
    port: 'free',
    managementPort: 'free',
    folder: join(folder, 'rabbitmq'),
    asInstalled: true,
  })
  undo.unshift(rabbit.remove)
  await Promise.all([runMigrations('maindb', 'up', mainDbUrl), runMigrations('mediasdb', 'up', postgres.url)])
  return { postgres, rabbit, mainDbUrl, mediasDbUrl: postgres.url, client, folder: join(folder, 'scratch') }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  // The server must be stopped after its client.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
