import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { loadNativeCalls, type NativeCalls } from '../../src/sandbox/native-calls.ts'
import { runnableProgram } from '../../src/sandbox/runnable-program.ts'
import { notDenied, notDeniedInSandbox } from './expected-results.ts'
import type { ProbeRequest, ProbeResults } from './probe-request.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const parentProgram = fileURLToPath(new URL('./parent.ts', import.meta.url))

/**
 * Without Landlock, a process can read the files that its user can read, and also a neighbour of the same user. Its parent
 * hides itself.
 */
const possibleWithoutLandlock =
  /^(?:read \/|list |read the parent's (?:cmdline|status|stat)$|read a neighbour's |(?:sources|elsewhere): create a file without a name$)/

interface Identity {
  uid?: number
  gid?: number
}

/** The users as whom this test can start a process. Only root can start one as another user. */
const users: { name: string; identity: Identity }[] =
  process.getuid?.() === 0
    ? [
        { name: 'root', identity: {} },
        { name: 'an ordinary user', identity: { uid: 65_534, gid: 65_534 } },
      ]
    : [{ name: 'an ordinary user', identity: {} }]

const hasLandlock = (loadNativeCalls()?.landlockVersion ?? 0) > 0

describe.each(users)('When the worker runs as $name, then a process in the sandbox', ({ identity }) => {
  let folder: string
  let request: ProbeRequest
  let neighbour: ChildProcess | undefined
  const servers: Server[] = []
  let connections = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-sandbox-'))
    const [readable, unreadable] = [join(folder, 'readable'), join(folder, 'unreadable')]
    await giveTo(identity, folder)
    for (const each of [readable, unreadable]) {
      for (const made of [each, join(each, 'empty')]) {
        await mkdir(made)
        await giveTo(identity, made)
      }
      for (const name of ['source', 'target', '.env']) {
        await writeFile(join(each, name), name)
        await giveTo(identity, join(each, name))
      }
    }
    const listen = async (where: object): Promise<Server> => {
      const server = createServer((socket) => {
        connections += 1
        socket.destroy()
      })
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(where, resolve))
      return server
    }
    const address = (await listen({ port: 0, host: '127.0.0.1' })).address()
    const socket = join(folder, 'socket')
    const abstractSocket = `likeness-sandbox-${process.pid}-${identity.uid ?? 'self'}`
    await listen({ path: socket, readableAll: true, writableAll: true })
    await listen({ path: `\0${abstractSocket}` })
    neighbour = spawn(process.execPath, ['--eval', 'setInterval(() => 0, 1_000)'], { ...identity, stdio: 'ignore' })
    request = {
      readable,
      unreadable,
      secrets: [
        ...['package-lock.json', 'docker-compose.prod.yml', '.npmrc', '.env.example', 'media-worker/.env.example'].map(
          (name) => join(repository, name),
        ),
        '/etc/passwd',
        '/proc/1/environ',
        '/proc/version',
        join(unreadable, '.env'),
      ],
      neighbour: neighbour.pid ?? 0,
      port: typeof address === 'object' && address ? address.port : 0,
      socket,
      abstractSocket,
    }
    // An ordinary user cannot write into the folder of compiled programs.
    for (const program of ['./probe.ts', '../../src/sandbox/render-launcher.cts'])
      runnableProgram(fileURLToPath(new URL(program, import.meta.url)))
  })
  afterAll(async () => {
    neighbour?.kill('SIGKILL')
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    await rm(folder, { recursive: true })
  })

  /** Tries everything in a sandbox that lacks a part. */
  const probe = async (lacking: Partial<NativeCalls>, only?: string[]): Promise<ProbeResults> => {
    const input = JSON.stringify({ ...request, lacking, only })
    const args = ['--conditions=source', '--import', 'tsx', parentProgram, input]
    const options = { ...identity, cwd: repository, env: { HOME: folder, SECRET: 'secret' } }
    const { stdout } = await promisify(execFile)(process.execPath, args, options)
    return JSON.parse(stdout) as ProbeResults
  }
  const contents = async (): Promise<string[]> =>
    Promise.all(
      [request.readable, request.unreadable].map(async (each) => {
        const names = (await readdir(each)).toSorted().join(' ')
        return `${names}: ${await readFile(join(each, 'source'), 'latin1')} ${await readFile(join(each, 'target'), 'latin1')}`
      }),
    )

  const itOnLandlock = hasLandlock ? it : it.skip
  itOnLandlock.each([
    { kernel: 'this kernel', lacking: {} },
    { kernel: 'the first kernel with Landlock', lacking: { landlockVersion: 1 } },
  ])('can read its sources, and nothing else ($kernel)', async ({ lacking }) => {
    const results = await probe(lacking)
    expect(Object.keys(results).length).toBeGreaterThan(150)
    expect(notDenied(results)).toEqual(notDeniedInSandbox)
    expect(await contents()).toEqual([
      '.env empty source target: source target',
      '.env empty source target: source target',
    ])
    expect(connections).toBe(0)
  })

  it('could do all of this outside of the sandbox', async () => {
    const attempts = [
      `read ${join(repository, 'package-lock.json')}`,
      "read the parent's cmdline",
      "read a neighbour's environment",
      'signal the parent',
      'signal a neighbour',
      'run a program',
      'run Node in a new thread',
      'open a socket (netlink)',
      'open a socket in a new thread',
      'connect by TCP',
      'send UDP',
      'connect to a Unix socket',
      'connect to an abstract socket',
      'sources: open a file for reading and writing',
      'elsewhere: change times',
      'watch files',
    ]
    const results = await probe({ landlockVersion: 0, hasSeccomp: false }, attempts)
    expect(results).toMatchObject(Object.fromEntries(attempts.map((name) => [name, 'done'])))
    connections = 0
  })

  it('cannot read its parent, use the network, or change files, if the kernel lacks Landlock', async () => {
    const results = await probe({ landlockVersion: 0 })
    const others = Object.entries(notDenied(results)).filter(([name]) => !possibleWithoutLandlock.test(name))
    expect(Object.fromEntries(others)).toEqual(notDeniedInSandbox)
    expect(results["read the parent's environ"]).toBe('denied')
    expect(connections).toBe(0)
  })
})

async function giveTo({ uid, gid }: Identity, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}
