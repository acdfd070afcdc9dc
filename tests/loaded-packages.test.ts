import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startSystem, type System } from '@likeness/test-kit'

const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker'] as const
type Deployable = (typeof deployables)[number]

/** The packages that no process needs while idle. Each is loaded when it is first used. */
const rarelyUsed = ['@asteasolutions/zod-to-openapi', 'swagger-ui-dist', 'yazl', 'file-type', 'image-size', 'undici']

let folder: string
let packages: Record<Deployable | 'render process', Set<string>>

/** V8 writes every script that a process has loaded into this folder when the process exits. */
const covered = (name: string) => ({ NODE_V8_COVERAGE: join(folder, name) })

async function packagesIn(name: string): Promise<Set<string>> {
  const reports = await readdir(join(folder, name))
  const scripts = await Promise.all(
    reports.map(async (report) => {
      const { result } = JSON.parse(await readFile(join(folder, name, report), 'utf8')) as { result: { url: string }[] }
      return result.map(({ url }) => url)
    }),
  )
  return new Set(
    scripts.flat().flatMap((url) => {
      if (url.includes('node:internal/deps/undici')) return ['undici']
      return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []
    }),
  )
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-packages-'))
  const system: System = await startSystem({
    environment: Object.fromEntries(deployables.map((name) => [name, covered(name)])),
  })
  await system.stop()
  await renderProcess()
  const names = [...deployables, 'render process'] as const
  const found = await Promise.all(names.map(async (name) => [name, await packagesIn(name)] as const))
  packages = Object.fromEntries(found) as typeof packages
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Starts a render process as a worker does. It must exit to write its coverage, because a worker kills it. */
async function renderProcess(): Promise<void> {
  const exitOnMessage = 'data:text/javascript,process.once("message", () => process.exit(0))'
  const program = fileURLToPath(new URL('../media-worker/src/render/render-process.ts', import.meta.url))
  const child = fork(program, [], {
    cwd: join(program, '..'),
    execArgv: ['--expose-gc', '--conditions=source', '--import', 'tsx', '--import', exitOnMessage],
    env: covered('render process'),
  })
  await once(child, 'message')
  child.send('exit')
  await once(child, 'exit')
}

describe('When every process has started and done nothing, then', () => {
  it('auth-service has loaded neither Sequelize nor pg nor a mail client', () => {
    expect([...packages['auth-service']]).toEqual(expect.arrayContaining(['express', 'jsonwebtoken', 'zod']))
    expect(some('auth-service', ['sequelize', 'pg', 'nodemailer', 'amqplib', ...rarelyUsed])).toEqual([])
  })

  it('main-service has loaded no queue client, no image library, no mail client and no feature SDK', () => {
    expect([...packages['main-service']]).toEqual(expect.arrayContaining(['express', 'pg']))
    expect(some('main-service', ['amqplib', 'sharp', '@growthbook/growthbook', ...rarelyUsed])).toEqual([])
  })

  it('medias-service has loaded no image library and no mail client', () => {
    expect([...packages['medias-service']]).toEqual(expect.arrayContaining(['express', 'pg', 'amqplib']))
    expect(some('medias-service', ['sharp', 'nodemailer', ...rarelyUsed])).toEqual([])
  })

  it('media-worker has loaded no Express, no token library, no mail client, and no image library in its main process', () => {
    expect([...packages['media-worker']]).toEqual(expect.arrayContaining(['pg', 'amqplib', 'zod']))
    const notNeeded = ['express', 'express-jwt', 'jsonwebtoken', 'helmet', 'nodemailer', 'sharp', ...rarelyUsed]
    expect(some('media-worker', notNeeded)).toEqual([])
  })

  it('a render process has loaded sharp, and no database, broker or schemas', () => {
    expect([...packages['render process']]).toContain('sharp')
    expect(some('render process', ['pg', 'sequelize', 'amqplib', 'zod', 'express'])).toEqual([])
  })
})

/** The packages among these that a process has loaded. */
function some(process: keyof typeof packages, names: string[]): string[] {
  return names.filter((name) => packages[process].has(name))
}
