import { spawnSync } from 'node:child_process'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import pg from 'pg'

import { createDatabase, runMigrations } from '../src/databases.ts'
import type { TestDatabase } from '../src/databases.ts'

describe.each(['maindb', 'mediasdb'] as const)('The migrations of %s', (name) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createDatabase()
  })
  afterEach(() => database.drop())

  it('result in the same schema after up, and after down and up again', async () => {
    await runMigrations(name, 'up', database.url)
    const schema = dumpSchema(database.url)
    expect(schema).toMatch(/CREATE TABLE/)

    await runMigrations(name, 'down', database.url)
    expect(dumpSchema(database.url)).not.toMatch(/CREATE (TABLE public\.(?!"SequelizeMeta")|TYPE|FUNCTION|SEQUENCE)/)

    await runMigrations(name, 'up', database.url)
    expect(dumpSchema(database.url)).toBe(schema)
    // Three processes of sequelize-cli run every migration, which takes long on a busy machine.
  })

  it('can run twice at the same time: one run waits for the other, and both succeed', async () => {
    const outputs = await Promise.all([
      runMigrations(name, 'up', database.url),
      runMigrations(name, 'up', database.url),
    ])
    const migrated = outputs.map((output) => output.includes('create-') && output.includes(': migrated'))
    expect(migrated.filter(Boolean)).toHaveLength(1)
    const { rows } = await query(database.url, 'select count(*)::int as count from "SequelizeMeta"')
    expect(rows[0].count).toBeGreaterThan(0)
  })
})

describe('The seeders of mediasdb', () => {
  it('leave temporary tables to the owner', async () => {
    const database = await createDatabase()
    await runMigrations('mediasdb', 'up', database.url)
    const right = `has_database_privilege(rolname, current_database(), 'TEMPORARY')`
    const { rows } = await query(
      database.url,
      `select ${right} as allowed from pg_roles where rolname in ('medias_service', 'media_worker')`,
    )
    expect(rows).toEqual([{ allowed: false }, { allowed: false }])
    await database.drop()
  })
})

describe('Migrating', () => {
  it('fails with a reason when the database does not exist', async () => {
    const database = await createDatabase()
    await database.drop()
    await expect(runMigrations('mediasdb', 'up', database.url)).rejects.toThrow(/does not exist/)
  })
})

function dumpSchema(url: string): string {
  const dump = spawnSync('pg_dump', ['--schema-only', '--no-owner', url], { encoding: 'utf8' })
  if (dump.status !== 0) throw new Error(dump.stderr)
  // Newer versions of pg_dump write a random \restrict key, which is different each time.
  return dump.stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}
