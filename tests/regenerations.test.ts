import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { spawnBound } from '@likeness/local-servers'
import {
  eventually,
  logInAdministrator,
  makeCameraPicture,
  runCommandOf,
  runNpmScript,
  runStatement,
  send,
  settled,
  startSystem,
  upload,
  type Json,
  type Person,
  type System,
} from '@likeness/test-kit'

import { openGate } from './gate.ts'

const FORMER = '0'.repeat(16)

describe('A regeneration of the library', () => {
  let system: System
  let admin: Person
  let media: Json

  beforeAll(async () => {
    system = await startSystem()
    admin = await logInAdministrator(system)
    const { bytes } = await makeCameraPicture({ width: 400, height: 300 })
    const { body } = await upload(system, admin.accessToken, { bytes, name: 'first.jpg' })
    media = await settled(system, admin.accessToken, body.id, 60_000)
  })
  beforeEach(async () => {
    await sql('DELETE FROM media WHERE id <> $1', [media.id])
    await sql('DELETE FROM regeneration')
  })
  afterAll(() => system?.stop())

  const sql = (statement: string, values: unknown[] = []) =>
    runStatement(system.mediasDbUrl, statement, values) as Promise<Json[]>
  const ask = (method: string, path: string, body?: unknown) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, { token: admin.accessToken, body })
  const read = async (id: string): Promise<Json> => (await ask('GET', `/regenerations/${id}`)).body
  const soon = <T>(attempt: () => Promise<T>, limitMs = 120_000) => eventually(attempt, { limitMs })
  const over = (id: string) =>
    soon(async () => {
      const regeneration = await read(id)
      expect(regeneration.status).toBe('done')
      return regeneration
    })

  /** Adds copies of the first media with its bytes and sizes. The stale ones also have a size without a preset. */
  async function multiply(count: number, { stale }: { stale: number }): Promise<void> {
    await sql(
      `WITH first AS (SELECT m.*, v.blob_id, v.id AS version_id FROM media m JOIN media_version v ON v.media_id = m.id
                      WHERE m.id = $1),
       made AS MATERIALIZED (
         SELECT gen_random_uuid() AS media_id, gen_random_uuid() AS version_id, n FROM generate_series(1, $2::int) n
       ), media AS (
         INSERT INTO media (id, owner_id, filename, mime_type, kind, status, current_version_id)
         SELECT made.media_id, owner_id, filename, mime_type, kind, 'ready', made.version_id FROM made, first
       ), versions AS (
         INSERT INTO media_version (id, media_id, number, blob_id, status, format, animated, has_alpha, created_by)
         SELECT made.version_id, made.media_id, 1, blob_id, 'ready', 'jpeg', false, false, owner_id FROM made, first
       ), sizes AS (
         INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
         SELECT gen_random_uuid(), made.version_id, preset, s.format, s.width, s.height, s.bytes, store_key, fingerprint
         FROM made, first JOIN media_size s ON s.version_id = first.version_id
       )
       INSERT INTO media_size (id, version_id, preset, format, width, height, bytes, store_key, fingerprint)
       SELECT gen_random_uuid(), version_id, 'tiny', 'jpeg', 3, 2, 9, 'renditions/${media.currentVersion.sha256}/tiny.jpeg',
              '${FORMER}' FROM made WHERE n <= $3::int`,
      [media.id, count, stale],
    )
  }

  it('renders each version once, even if medias-service and the worker are killed meanwhile', async () => {
    // More than one statement reads, and more than are enqueued at once. Some of them must be rendered.
    await multiply(4_500, { stale: 900 })
    await sql(
      `UPDATE media_size SET fingerprint = '${FORMER}' WHERE preset = 'small' AND version_id IN
         (SELECT version_id FROM media_size WHERE preset = 'tiny' ORDER BY version_id LIMIT 40)`,
    )
    const { body } = await ask('POST', '/regenerations', {})
    expect(body).toMatchObject({ status: 'running', total: 900 })

    const midway = (done: number) =>
      soon(async () => {
        const regeneration = await read(body.id)
        expect(regeneration.done).toBeGreaterThanOrEqual(done)
        return regeneration
      })
    await midway(50)
    await system.medias.kill()
    await system.restart('medias-service')
    const afterService = await midway(200)
    expect(afterService.status).toBe('running')
    await system.workers[0]?.kill()
    await system.startWorker()
    await system.medias.kill()
    await system.restart('medias-service')

    expect(await over(body.id)).toMatchObject({ total: 900, done: 900, failed: 0, failures: [] })
    expect(await sql(`SELECT FROM media_size WHERE preset = 'tiny' OR fingerprint = '${FORMER}'`)).toEqual([])
    expect(await sql('SELECT FROM condemned_rendition')).toEqual([])
    expect(await sql('SELECT FROM regeneration_job')).toEqual([])
    expect(await sql(`SELECT FROM media_version WHERE status <> 'ready' OR attempts > 0`)).toEqual([])
    expect((await ask('POST', '/regenerations', {})).body.total).toBe(0)
  }, 240_000)

  describe('at the command line', () => {
    const command = (...options: string[]) =>
      runCommandOf('media:regenerate', options, { MEDIASDB_URL: system.mediasDbUrl })
    const stopWorkers = async () => {
      await Promise.all(system.workers.splice(0).map((worker) => worker.stop()))
    }
    const newest = async (): Promise<Json> => (await ask('GET', '/regenerations?limit=1')).body.data[0]

    it('can be watched until its end', async () => {
      await multiply(20, { stale: 20 })
      const { code, output } = await command('--stale')
      expect(output).toMatch(/^Regeneration [0-9a-f-]{36}: 20 versions to render\.\n/)
      expect(output).toMatch(/\d+ of 20 \| 0 failed/)
      expect(output).toMatch(/20 done, 0 failed\.\n$/)
      expect(code).toBe(0)
      expect(await newest()).toMatchObject({ only: 'stale', status: 'done', total: 20 })
      expect(await command('--stale')).toEqual({
        code: 0,
        output: expect.stringMatching(/: 0 versions to render\.\n(.*\n)*0 done, 0 failed\.\n$/),
      })
    })

    it('accepts the same filters as the API', async () => {
      await multiply(3, { stale: 3 })
      const filter = [
        '--owner',
        media.ownerId,
        '--preset',
        'small',
        '--preset',
        'thumb',
        '--created-before',
        '2020-01-31',
      ]
      expect((await command('--all', ...filter, '--tag', 'sea')).output).toMatch(/: 0 versions to render/)
      expect(await newest()).toMatchObject({
        only: 'all',
        filter: {
          owner: media.ownerId,
          presets: ['small', 'thumb'],
          createdBefore: '2020-01-31T00:00:00.000Z',
          tag: 'sea',
        },
      })
    })

    it('can run detached, be watched later, detached again, and cancelled', async () => {
      await stopWorkers()
      await multiply(5, { stale: 5 })
      const begun = await command('--detach')
      expect(begun).toEqual({ code: 0, output: expect.stringMatching(/: 5 versions to render\.\n$/) })
      const { id } = await newest()

      const gate = await openGate(system.mediasDbUrl)
      const watching = spawnBound({
        command: process.execPath,
        args: ['--conditions=source', '--import', 'tsx', 'src/regenerations/regenerate-command.ts', '--watch', id],
        cwd: join(import.meta.dirname, '../medias-service'),
        environment: { MEDIASDB_URL: gate.url },
        deathSignal: 'KILL',
      })
      let said = ''
      watching.stdout?.on('data', (chunk) => (said += String(chunk)))
      await soon(async () => expect(said).toMatch(/0 of 5/))

      await gate.shut()
      await soon(async () => expect(said).toMatch(/The database is unavailable/))
      said = ''
      await gate.open()
      await soon(async () => expect(said).toMatch(/0 of 5/))
      process.kill(watching.pid, 'SIGINT')
      expect((await watching.exited).code).toBe(130)
      expect(said).toMatch(new RegExp(`The regeneration continues\\. .*--watch ${id}.*--cancel ${id}`))
      await gate.shut()
      expect(await read(id)).toMatchObject({ status: 'running', done: 0 })

      expect(await command('--cancel', id)).toMatchObject({ code: 0, output: expect.stringMatching(/is cancelled\./) })
      expect(await read(id)).toMatchObject({ status: 'cancelled' })
      expect(await command('--watch', id)).toMatchObject({ code: 1, output: expect.stringMatching(/cancelled/) })
      await system.startWorker()
    })

    it('prints the failures and exits with 1', async () => {
      await multiply(1, { stale: 0 })
      await sql(`UPDATE media_version SET attempts = 10`)
      const { code, output } = await command('--all')
      expect(output).toMatch(new RegExp(`${media.id}  render-crashed: .*\\n(.*\\n)*0 done, 2 failed\\.\\n$`))
      expect(code).toBe(1)
    })

    it.each([
      [['--some'], /Unknown option '--some'/],
      [['--preset', 'giant'], /--preset must be one of thumb, small, medium, large, xlarge/],
      [['--watch', '01940000-0000-7000-8000-000000000000'], /The regeneration 01940000\S+ does not exist/],
      [['--cancel', '01940000-0000-7000-8000-000000000000'], /The regeneration does not exist/],
    ])('rejects %j', async (options, reason) => {
      const { code, output } = await command(...options)
      expect(output).toMatch(reason)
      expect(code).toBe(1)
      expect((await ask('GET', '/regenerations')).body.data).toEqual([])
    })

    it('prints its usage, also through npm', async () => {
      const environment = { MEDIASDB_URL: system.mediasDbUrl }
      expect(await runNpmScript('media:regenerate', ['--help'], environment)).toEqual({
        code: 0,
        output: expect.stringMatching(/--created-before <time>/),
      })
    })
  })
})
