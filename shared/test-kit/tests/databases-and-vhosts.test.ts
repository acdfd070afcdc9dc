import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connect } from 'amqplib'
import pg from 'pg'

import { createDatabase } from '../src/databases.ts'
import { createVhost, queueDepth } from '../src/vhosts.ts'
import type { TestVhost } from '../src/vhosts.ts'

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('A database of a test file', () => {
  it('has the tables and seeds of its template, and is separate from other databases', async () => {
    const [one, other] = await Promise.all([
      createDatabase({ template: 'maindb' }),
      createDatabase({ template: 'maindb' }),
    ])
    await query(one.url, `delete from roles where name = 'editor'`)
    const names = 'select name from roles order by name'
    expect(await query(one.url, names)).toEqual([{ name: 'admin' }, { name: 'user' }, { name: 'viewer' }])
    expect(await query(other.url, names)).toEqual([
      { name: 'admin' },
      { name: 'editor' },
      { name: 'user' },
      { name: 'viewer' },
    ])
    await Promise.all([one.drop(), other.drop()])
    await expect(query(one.url, names)).rejects.toMatchObject({ code: '3D000' })
  })

  it('is dropped in spite of open connections', async () => {
    const database = await createDatabase({ template: 'mediasdb' })
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    await database.drop()
    await expect(client.query('select 1')).rejects.toThrow()
    await client.end().catch(() => {})
  })
})

describe('A virtual host of a test file', () => {
  let vhost: TestVhost
  beforeAll(async () => {
    vhost = await createVhost()
  })
  afterAll(() => vhost.drop())

  it('counts the messages that wait in a quorum queue', async () => {
    const connection = await connect(vhost.url)
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue('jobs', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    for (const body of ['one', 'two', 'three']) channel.sendToQueue('jobs', Buffer.from(body), { persistent: true })
    await channel.waitForConfirms()
    expect(await queueDepth(vhost, 'jobs')).toBe(3)
    await connection.close()
  })

  it('throws an error for a missing queue', async () => {
    await expect(queueDepth(vhost, 'nowhere')).rejects.toThrow(/NOT_FOUND/)
  })
})
