import { createInterface } from 'node:readline'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually, findFreePort, spawnBound, type BoundProcess } from '@likeness/local-servers'
import { createDatabase, createVhost, type TestDatabase } from '@likeness/test-kit'

import { copyRepository, systemPath, type RepositoryCopy } from './repository-copy.ts'

describe('make dev', () => {
  let clone: RepositoryCopy
  let main: TestDatabase
  let medias: TestDatabase
  let vhost: Awaited<ReturnType<typeof createVhost>>
  const started: Dev[] = []

  interface Dev {
    lines: string[]
    process: BoundProcess
  }

  beforeAll(async () => {
    clone = copyRepository({ installed: true })
    ;[main, medias, vhost] = await Promise.all([
      createDatabase({ template: 'maindb' }),
      createDatabase({ template: 'mediasdb' }),
      createVhost(),
    ])
  })
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.process.end('SIGTERM', 30_000)))
  })
  afterAll(async () => {
    clone?.remove()
    await Promise.all([main?.drop(), medias?.drop(), vhost?.drop()])
  })

  async function startDev(environment: Record<string, string> = {}): Promise<Dev> {
    const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
    const child = spawnBound({
      command: process.execPath,
      args: ['--conditions=source', '--import', 'tsx', 'scripts/dev.ts'],
      cwd: clone.folder,
      environment: {
        PATH: systemPath,
        MAINDB_URL: main.url,
        MEDIASDB_URL: medias.url,
        AMQP_URL: vhost.url,
        MAIN_SERVICE_PORT: String(ports[0]),
        MEDIAS_SERVICE_PORT: String(ports[1]),
        AUTH_SERVICE_PORT: String(ports[2]),
        ...environment,
      },
      deathSignal: 'TERM',
    })
    const lines: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => lines.push(line))
    }
    const dev = { lines, process: child }
    started.push(dev)
    return dev
  }

  const soon = { limitMs: 60_000 }
  const prints = ({ lines }: Dev, expected: RegExp) =>
    eventually(() => expect(lines.join('\n')).toMatch(expected), { limitMs: 90_000 })

  it('starts without an error, a warning of another service or a stack, and a second one in the clone says so and ends', async () => {
    const dev = await startDev()
    await prints(dev, /Ctrl-C stops everything/)

    const text = dev.lines.join('\n')
    expect(text).not.toMatch(/ERROR|FATAL|^\s+at /m)
    expect(text).not.toMatch(/WARN (?!worker\.)/)
    expect(text).toMatch(/ (GET|POST) \/\S+ 200 \S+ ms$/m)

    const second = await startDev()
    expect(await second.process.exited).toMatchObject({ code: 1 })
    await prints(second, /^make dev already runs in this clone \(process \d+\)/)
    expect(second.lines).toHaveLength(1)
  })

  it('ends with the reason as its last line if a service refuses its environment', async () => {
    const dev = await startDev({ ACCESS_TOKEN_SECONDS: '10' })

    expect(await dev.process.exited).toMatchObject({ code: 1 })
    await eventually(() => expect(dev.lines.at(-1)).toMatch(/^ {2}- ACCESS_TOKEN_SECONDS must be at least 30 /), soon)
    expect(dev.lines.join('\n')).not.toMatch(/Restarting|^\s+at /m)
  })

  it('names the variable if a database is absent, and ends with one line if the database rejects the login', async () => {
    const absent = await startDev({ MAINDB_URL: 'postgres://likeness:likeness@127.0.0.1:1/maindb' })
    await prints(absent, /maindb: waiting for 127\.0\.0\.1:1 \(MAINDB_URL\) to accept connections/)
    await absent.process.end('SIGTERM', 30_000)

    const missing = new URL(main.url)
    missing.pathname = '/no-such-database'
    const rejected = await startDev({ MAINDB_URL: missing.href })
    expect(await rejected.process.exited).toMatchObject({ code: 1 })
    await eventually(
      () => expect(rejected.lines.at(-1)).toMatch(/^maindb at \S+ rejects the connection: .*Check MAINDB_URL\.$/),
      soon,
    )
  })
})
