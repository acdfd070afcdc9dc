import { createServer, type AddressInfo, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { spawnBound, type BoundProcess } from '@likeness/local-servers'
import { eventually } from '@likeness/test-kit'

describe('When make dev is stopped while it starts', () => {
  const callers = new Set<Socket>()
  // Accepts connections but sends nothing, so that the migrations wait.
  const silentDatabase = createServer((socket) => {
    callers.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => callers.delete(socket))
      .resume()
  })
  let url: string
  let dev: BoundProcess | undefined

  beforeEach(async () => {
    await new Promise<void>((resolve) => silentDatabase.listen(0, '127.0.0.1', resolve))
    url = `postgres://likeness:likeness@127.0.0.1:${(silentDatabase.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    await dev?.end('SIGKILL', 0)
    for (const socket of callers) socket.destroy()
    silentDatabase.close()
  })

  it('then no migration keeps running', async () => {
    dev = spawnBound({
      command: process.execPath,
      args: ['--conditions=source', '--import', 'tsx', 'scripts/dev.ts'],
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      environment: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        MAINDB_URL: `${url}/maindb`,
        MEDIASDB_URL: `${url}/mediasdb`,
        AMQP_URL: 'amqp://127.0.0.1:1',
      },
      deathSignal: 'KILL',
    })
    dev.stdout?.resume()
    dev.stderr?.resume()
    await eventually(() => expect(callers.size).toBe(2), { limitMs: 60_000 })

    dev.signal('SIGTERM')

    expect(await dev.exited).toEqual({ code: 0, signal: null })
    await eventually(() => expect(callers.size).toBe(0), { limitMs: 1_000 })
  })
})
