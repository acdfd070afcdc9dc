import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connect } from 'amqplib'
import pg from 'pg'

import { startPostgres } from '../src/postgres.ts'
import type { PostgresServer } from '../src/postgres.ts'
import { startRabbit } from '../src/rabbit.ts'
import type { RabbitServer } from '../src/rabbit.ts'

describe('A private PostgreSQL server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres({ name: 'faults', database: 'kept', port: 'free', durable: true })
    await query('create table note (text text)')
  })
  afterAll(() => server.remove())

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 1_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  it('starts again after a kill on the same port, with the committed data', async () => {
    await query(`insert into note values ('before the kill')`)
    const { pid } = server
    await server.kill()
    await expect(query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.start()
    expect(server.pid).not.toBe(pid)
    expect(await query('select text from note')).toEqual([{ text: 'before the kill' }])
  })

  it('does not respond while it is suspended, and continues when it is resumed', async () => {
    server.freeze()
    await expect(query('select 1')).rejects.toThrow(/timeout/)
    server.thaw()
    expect(await query('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('is removed with its data, even if it was suspended', async () => {
    const other = await startPostgres({ name: 'short', database: 'short', port: 'free', durable: false })
    other.freeze()
    await other.stop()
    expect(existsSync(other.folder)).toBe(false)
    expect(() => process.kill(other.pid, 0)).toThrow(/ESRCH/)
  })
})

describe('A private RabbitMQ node', () => {
  let folder: string
  let server: RabbitServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kept-'))
    chmodSync(folder, 0o755)
    server = await startRabbit({
      name: 'faults',
      port: 'free',
      managementPort: 'free',
      folder: join(folder, 'rabbitmq'),
    })
  })
  const queue = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
  /** The end of the connection, for example by a kill, must not fail another test. */
  const connected = async () => {
    const connection = await connect(server.url)
    connection.on('error', () => undefined)
    return connection
  }
  afterAll(async () => {
    await server.remove()
    rmSync(folder, { recursive: true })
  })

  it('starts again after a kill on the same port, with the confirmed messages', async () => {
    const declaring = await connected()
    await (await declaring.createChannel()).assertQueue('jobs', queue)
    await declaring.close()
    // RabbitMQ 3.10 writes the leader of a new quorum queue a moment after its messages. If the node is killed in between,
    // the queue has no leader after a restart and does not respond. A graceful stop writes everything.
    await server.stop()
    await server.start()

    const publishing = await connected()
    const channel = await publishing.createConfirmChannel()
    channel.sendToQueue('jobs', Buffer.from('kept'), { persistent: true })
    await channel.waitForConfirms()
    await server.kill()
    await expect(connect(server.url)).rejects.toThrow(/ECONNREFUSED/)
    await server.start()

    const again = await connected()
    const reading = await again.createChannel()
    const message = await reading.get('jobs', { noAck: true })
    expect(message && message.content.toString()).toBe('kept')
    await again.close()
  })

  it('stops gracefully, keeps its data, and stops its epmd', async () => {
    await server.stop()
    expect(server.isRunning()).toBe(false)
    expect(listProcessesOf(server.folder)).toEqual([])
    expect(existsSync(join(server.folder, 'mnesia'))).toBe(true)
  })
})

/** The processes with this folder in their environment, including epmd. */
function listProcessesOf(folder: string): string[] {
  return readdirSync('/proc').filter((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/environ`, 'utf8').includes(`HOME=${folder}\0`)
    } catch {
      return false
    }
  })
}
