import { execFile } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually, findFreePort, spawnBound, type BoundProcess } from '@likeness/local-servers'
import { createDatabase, createVhost, runStatement, send, type TestDatabase } from '@likeness/test-kit'

import { copyRepository, systemPath, type RepositoryCopy } from './repository-copy.ts'

/** The copy in which the tests run the commands of docs/commands.md that need no Docker, as written there. */
let clone: RepositoryCopy

/** Runs a command line in a folder of the clone. @returns its whole output */
async function run(commandLine: string, { folder = '.', environment = {} as Record<string, string> } = {}) {
  const cwd = join(clone.folder, folder)
  const env = { PATH: systemPath, HOME: homedir(), ...environment }
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', commandLine], { cwd, env })
  return stdout + stderr
}

/** Starts a command line in a folder of the clone, as in a terminal. */
function start(commandLine: string, folder = '.'): BoundProcess {
  const child = spawnBound({
    command: '/bin/bash',
    args: ['-c', `exec ${commandLine}`],
    cwd: join(clone.folder, folder),
    environment: { PATH: systemPath, HOME: homedir() },
    deathSignal: 'KILL',
  })
  child.stdout?.resume()
  child.stderr?.resume()
  return child
}

/** Presses Ctrl-C, which signals every process of the terminal. */
async function interrupt(started: BoundProcess | undefined): Promise<void> {
  if (!started?.isRunning()) return
  process.kill(-started.pid, 'SIGINT')
  await started.exited
}

const write = (file: string, text: string) => writeFileSync(join(clone.folder, file), text)

/** Copies SERVICE/.env.example to SERVICE/.env and changes the values of some variables. */
function copyExample(service: string, values: Record<string, string>): void {
  const file = join(clone.folder, service, '.env')
  copyFileSync(join(clone.folder, service, '.env.example'), file)
  let text = readFileSync(file, 'utf8')
  for (const [name, value] of Object.entries(values)) {
    expect(text).toMatch(new RegExp(`^${name}=`, 'm'))
    text = text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`)
  }
  writeFileSync(file, text)
}

const answersAt = (port: number | string, path = '/healthz') =>
  eventually(async () => expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200), {
    limitMs: 60_000,
  })

describe('A value in a .env file', () => {
  let started: BoundProcess | undefined

  beforeEach(() => {
    clone = copyRepository({ installed: true })
  })
  afterEach(async () => {
    await interrupt(started)
    started = undefined
    clone.remove()
  })

  it.each(['main-service', 'auth-service', 'medias-service'])(
    'of %s applies in npm run start:dev, unless the .env file of the repository has a value too',
    async (service) => {
      const [own, common] = [await findFreePort(), await findFreePort()]
      copyExample(service, { PORT: String(own) })
      started = start('npm run start:dev', service)
      await answersAt(own)
      await interrupt(started)

      write('.env', `PORT=${common}\nLOG_LEVEL=\n`)
      started = start('npm run start:dev', service)
      await answersAt(common)
    },
  )

  it('applies in make dev, unless the .env file of the repository has a value too', async () => {
    const [main, medias, vhost] = await Promise.all([
      createDatabase({ template: 'maindb' }),
      createDatabase({ template: 'mediasdb' }),
      createVhost(),
    ])
    const [mainPort, authPort, mediasPort] = [await findFreePort(), await findFreePort(), await findFreePort()]
    copyExample('main-service', { MAINDB_URL: main.url, PORT: String(mainPort) })
    copyExample('auth-service', { ACCESS_TOKEN_SECONDS: '60', PORT: String(authPort) })
    copyExample('medias-service', {
      MEDIASDB_URL: medias.url,
      AMQP_URL: vhost.url,
      MAX_FILES: '1',
      PORT: String(mediasPort),
    })
    write('.env', 'ACCESS_TOKEN_SECONDS=120\nMAX_FILES=\n')
    started = start('node --conditions=source --import tsx scripts/dev.ts')
    await answersAt(authPort, '/readyz')
    await answersAt(mediasPort, '/readyz')

    const account = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' }
    const registered = await eventually(
      async () => {
        const answer = await send('POST', `http://127.0.0.1:${authPort}/api/v1/auth/register`, { body: account })
        expect(answer.status).toBe(201)
        return answer
      },
      { limitMs: 60_000 },
    )
    expect(registered.body.expiresIn).toBe(120)

    const form = new FormData()
    for (const name of ['one.png', 'two.png']) form.append('file', new Blob(['x']), name)
    const uploaded = await send('POST', `http://127.0.0.1:${mediasPort}/api/v1/media`, {
      token: registered.body.accessToken,
      body: form,
    })
    expect([uploaded.status, uploaded.body.code]).toEqual([422, 'too-many-files'])

    // make db-main and make db-medias connect to the same databases.
    expect((await run('scripts/database-url.sh main')).trim()).toBe(main.url)
    expect((await run('scripts/database-url.sh medias')).trim()).toBe(medias.url)

    await interrupt(started)
    await Promise.all([main.drop(), medias.drop(), vhost.drop()])
  })
})

describe('The migrations', () => {
  let main: TestDatabase
  let medias: TestDatabase

  beforeAll(async () => {
    clone = copyRepository({ installed: true })
    ;[main, medias] = await Promise.all([createDatabase(), createDatabase()])
  })
  afterAll(async () => {
    clone.remove()
    await Promise.all([main.drop(), medias.drop()])
  })

  it('migrate both databases with ./run-migrations.sh, even on other ports', async () => {
    const environment = { MAINDB_URL: main.url, MEDIASDB_URL: medias.url }
    await run('./run-migrations.sh', { environment })
    expect(await runStatement(main.url, 'SELECT name FROM roles')).not.toEqual([])
    expect(await runStatement(medias.url, 'SELECT * FROM media')).toEqual([])
  })

  it('run for one database with npm, and list which of them have run', async () => {
    const environment = { MAINDB_URL: main.url, MEDIASDB_URL: medias.url }
    expect(await run('npm run migration:main', { environment })).toContain('No migrations were executed')
    expect(await run('npm run migration:medias', { environment })).toContain('No migrations were executed')
    expect(await run('make migrate-status', { environment })).toMatch(/^up .*\.cjs$/m)
  })

  it('create the superuser of docker-compose exec … psql -U postgres once', async () => {
    const environment = { MAINDB_URL: main.url, SUPERUSER_ROLE: 'likeness_test_superuser' }
    await run('./run-migrations.sh main && ./run-migrations.sh main', { environment })
    const roles = await runStatement(
      main.url,
      "SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'likeness_test_superuser'",
    )
    expect(roles).toEqual([{ rolsuper: true, rolcanlogin: true }])
    await runStatement(main.url, 'DROP ROLE likeness_test_superuser')
  })
})

describe('The secrets of production', () => {
  beforeAll(() => {
    clone = copyRepository({ installed: false })
  })
  afterAll(() => clone.remove())

  const check = (options = '') => run(`node ${options} scripts/check-production-secrets.cjs`)

  it('are all written by make prod-env, which never changes an existing file', async () => {
    await run('make prod-env ADMIN_EMAIL=root@example.com')
    expect(await check('--env-file=.env')).toBe('')
    const written = readFileSync(join(clone.folder, '.env'), 'utf8')
    await expect(run('make prod-env ADMIN_EMAIL=root@example.com')).rejects.toThrow(/exists already/)
    expect(readFileSync(join(clone.folder, '.env'), 'utf8')).toBe(written)
  })

  it('are all checked before anything starts, and all reach the check and its template', async () => {
    const stderr = await check().then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    )
    const missing = [...stderr.matchAll(/^ {2}- (\w+) is not set/gm)].map(([, name]) => name)
    const compose = readFileSync(join(clone.folder, 'docker-compose.prod.yml'), 'utf8')
    const passed = /^ {2}preflight:.*?\n {4}environment:\n(.*?)\n {4}\w/ms.exec(compose)?.[1] ?? ''
    expect([...passed.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name).toSorted()).toEqual(missing.toSorted())
    const template = readFileSync(join(clone.folder, '.env.example'), 'utf8')
    for (const name of missing) expect(template).toMatch(new RegExp(`^${name}=$`, 'm'))
    // Every password of the compose file is one of them.
    for (const [, name] of compose.matchAll(/\$\{(\w+(?:PASSWORD|KEY|SECRET)):-\}/g)) {
      if (name !== 'GROWTHBOOK_CLIENT_KEY' && name !== 'GROWTHBOOK_DECRYPTION_KEY') expect(missing).toContain(name)
    }
  })
})

describe('The URL of a development database', () => {
  beforeEach(() => {
    clone = copyRepository({ installed: false })
  })
  afterEach(() => clone.remove())

  const urlOf = async (database: string, environment: Record<string, string> = {}) =>
    (await run(`scripts/database-url.sh ${database}`, { environment })).trim()

  it('has the usual port, unless a variable sets another port', async () => {
    expect(await urlOf('main')).toBe('postgres://likeness:likeness@127.0.0.1:5432/maindb')
    expect(await urlOf('medias')).toBe('postgres://likeness:likeness@127.0.0.1:5433/mediasdb')
    expect(await urlOf('main', { MAINDB_PORT: '5442' })).toContain(':5442/maindb')
    write('.env', "MAINDB_PORT=5443\nMEDIASDB_PORT='5444'\n")
    expect(await urlOf('main')).toContain(':5443/maindb')
    expect(await urlOf('medias')).toContain(':5444/mediasdb')
  })

  it('is the URL in .env, and an unchanged copy of .env.example has no effect', async () => {
    copyExample('main-service', {})
    write('.env', 'MAINDB_PORT=5442\n')
    expect(await urlOf('main')).toContain(':5442/maindb')
    copyExample('main-service', { MAINDB_URL: 'postgres://me@db.example.com/people' })
    expect(await urlOf('main')).toBe('postgres://me@db.example.com/people')
    appendFileSync(join(clone.folder, '.env'), 'MAINDB_URL=postgres://all@db.example.com/people\n')
    expect(await urlOf('main')).toBe('postgres://all@db.example.com/people')
    expect(await urlOf('main', { MAINDB_URL: 'postgres://shell@db/people' })).toBe('postgres://shell@db/people')
  })

  it('is the server of make dev while make dev runs, and no longer after it was killed', async () => {
    mkdirSync(join(clone.folder, '.local'))
    const addresses = 'MAINDB_URL=postgres://likeness@127.0.0.1:5438/maindb\n'
    write('.local/servers.env', `PID=${process.pid}\n${addresses}`)
    expect(await urlOf('main')).toContain(':5438/maindb')
    // Above the largest process id of Linux.
    write('.local/servers.env', `PID=4194305\n${addresses}`)
    expect(await urlOf('main')).toContain(':5432/maindb')
  })
})

describe('A new clone without installed packages', () => {
  beforeEach(() => {
    clone = copyRepository({ installed: false })
  })
  afterEach(() => clone.remove())

  /** Without Docker, so that no containers of this machine are deleted. */
  const withoutDocker = async () => {
    mkdirSync(join(clone.folder, 'bin'))
    await run(
      'for name in make bash sed awk ls rm du cut dirname sort kill env; do ln -s "$(command -v $name)" bin/; done',
    )
    return { PATH: join(clone.folder, 'bin') }
  }

  it('lists every target with make help', async () => {
    const help = await run('make help')
    for (const target of ['build', 'up', 'down', 'logs', 'migrate', 'clean', 'db-main', 'db-medias']) {
      expect(help).toMatch(new RegExp(`make ${target}\\b`))
    }
  })

  it('is cleaned up with make clean, which first lists what it deletes', async () => {
    const environment = await withoutDocker()
    expect(await run('make clean', { environment })).toContain('There is nothing to delete.')

    mkdirSync(join(clone.folder, 'main-service', 'dist'))
    mkdirSync(join(clone.folder, '.local', 'store'), { recursive: true })
    const said = await run('make clean', { environment })
    expect(said).toMatch(/build output: main-service\/dist/)
    expect(said).toMatch(/\.local: databases, pictures, mail and keys/)
    expect(existsSync(join(clone.folder, '.local'))).toBe(false)
    expect(existsSync(join(clone.folder, 'main-service', 'dist'))).toBe(false)
  })

  it('cannot be cleaned up while make dev runs', async () => {
    const environment = await withoutDocker()
    mkdirSync(join(clone.folder, '.local'))
    write('.local/servers.env', `PID=${process.pid}\n`)
    await expect(run('make clean', { environment })).rejects.toThrow(/is running/)
    expect(existsSync(join(clone.folder, '.local'))).toBe(true)
  })
})
