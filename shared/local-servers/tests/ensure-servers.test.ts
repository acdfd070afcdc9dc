import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'

import { ensureServers } from '../src/ensure-servers.ts'
import type { LocalServers } from '../src/ensure-servers.ts'
import { removeLocalServers } from '../src/remove-local-servers.ts'

const nothingGiven = { mainDbUrl: undefined, mediasDbUrl: undefined, amqpUrl: undefined }

describe('The servers of a repository', () => {
  const amqpUrl = 'amqp://somebody:secret@broker.example:5672'
  const said: string[] = []
  let repository: string
  let otherServer: Server
  let first: LocalServers

  beforeAll(async () => {
    repository = mkdtempSync(join(tmpdir(), 'clone-'))
    chmodSync(repository, 0o755)
    // If another process already uses 5432, the test works as well.
    otherServer = createServer()
    await new Promise<void>((resolve) => {
      otherServer.once('error', () => resolve())
      otherServer.listen(5432, '127.0.0.1', resolve)
    })
    first = await ensureServers(repository, { ...nothingGiven, amqpUrl }, (line) => said.push(line))
  })
  afterAll(async () => {
    await first.stop()
    otherServer.close()
    rmSync(repository, { recursive: true, force: true })
  })

  it('use the next free port if the usual port is in use, and report it', () => {
    expect(Number(new URL(first.mainDbUrl).port)).toBeGreaterThan(5433)
    expect(said).toContainEqual(expect.stringMatching(/^Port 5432 is in use, so maindb uses port \d+$/))
  })

  it('are the configured servers, unchanged', () => {
    expect(first.amqpUrl).toBe(amqpUrl)
    expect(first.managementUrl).toBeNull()
  })

  it('are found by the next command, which leaves them running at its end', async () => {
    const second = await ensureServers(repository, { ...nothingGiven, amqpUrl }, () => {})
    expect(second.mainDbUrl).toBe(first.mainDbUrl)
    expect(second.mediasDbUrl).toBe(first.mediasDbUrl)
    await second.stop()
    await expect(nameDatabase(first.mediasDbUrl)).resolves.toBe('mediasdb')
  })

  it('keep their data until it is removed, which is not possible while they run', async () => {
    expect(removeLocalServers(repository)).toEqual(['maindb', 'mediasdb'])
    await first.stop()
    expect(removeLocalServers(repository)).toEqual([])
  })
})

async function nameDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('select current_database() as name')
    return rows[0].name
  } finally {
    await client.end()
  }
}
