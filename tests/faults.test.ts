import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startPostgres, startRabbit, type PostgresServer, type RabbitServer } from '@likeness/local-servers'
import { tokenExchange } from '@likeness/service-kit/identity'
import {
  requestToken,
  eventually,
  logInAdministrator,
  makeCameraPicture,
  registerSomebody,
  runMigrations,
  runStatement,
  send,
  settled,
  startSystem,
  upload,
  type Person,
  type ServiceProcess,
  type System,
} from '@likeness/test-kit'
import sharp from 'sharp'

import { becomeSettled, expectDoneOnce, expectNothingLeft, expectStoreAsNamed, holdAJob, sendPicture } from './fleet.ts'
import { canHaveSmallDisk, mountSmallDisk, type SmallDisk } from './small-disk.ts'

describe('When a part of the system fails', () => {
  let system: System
  let postgres: PostgresServer
  let rabbit: RabbitServer
  let ada: Person
  let folder: string
  let disk: SmallDisk | undefined
  let storeFolder: string

  const uploadPicture = async (hue: number, width = 1200) => {
    const { bytes } = await makeCameraPicture({ width, height: (width * 3) / 4, hue })
    return upload(system, ada.accessToken, { bytes, name: `${hue}.jpg` })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-faults-'))
    // The servers run under other accounts, which must be able to enter the folder.
    await chmod(folder, 0o755)
    // Separate servers, because stopping the run's servers would break every other suite.
    ;[postgres, rabbit] = await Promise.all([
      startPostgres({
        name: 'fault-postgres',
        database: 'mediasdb',
        port: 'free',
        // Committed data must survive a kill.
        durable: true,
        folder: join(folder, 'postgres'),
      }),
      startRabbit({ name: 'fault-rabbitmq', port: 'free', managementPort: 'free', folder: join(folder, 'rabbitmq') }),
    ])
    await runMigrations('mediasdb', 'up', postgres.url)
    await mkdir(join(folder, 'disk'))
    if (canHaveSmallDisk) disk = await mountSmallDisk(join(folder, 'disk'), 64)
    storeFolder = join(disk?.folder ?? folder, 'store')
    const store = { MEDIA_STORE_DIR: join(folder, disk ? 'disk/store' : 'store') }
    system = await startSystem({
      workers: 2,
      through: disk?.through,
      environment: { 'medias-service': store, 'media-worker': store },
      servers: { mediasDbUrl: postgres.url, amqpUrl: rabbit.url },
    })
    ada = await registerSomebody(system)
    // Renders one picture before anything fails. If the node of RabbitMQ 3.10 stops just when a quorum queue is declared, the
    // queue has no leader after the restart, which is not what this file tests.
    const { status, body } = await eventually(
      async () => {
        const answer = await uploadPicture(0)
        // If other suites keep the disk busy, the database is slow, and the request must be retried.
        if (answer.status === 503) throw new Error(`503 ${answer.body.code}`)
        return answer
      },
      { limitMs: 60_000 },
    )
    expect([status, body.code]).toEqual([201, undefined])
    await settled(system, ada.accessToken, body.id, 60_000)
  }, 180_000)
  afterAll(async () => {
    await system?.stop()
    await Promise.all([postgres?.remove(), rabbit?.remove(), disk?.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  const filesBelow = async (area: string): Promise<string[]> => {
    const entries = await readdir(join(storeFolder, area), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  }
  const unfinishedFiles = async () =>
    [...(await filesBelow('incoming')), ...(await filesBelow('renditions'))].filter(
      (path) => /\/(incoming|\.partial)\//.test(path) && !isNote(path),
    )
  /** A heartbeat, or a note about renditions that a failed job may have left. medias-service deletes the note later. */
  const isNote = (path: string) => /\/(heartbeat|renditions-[^/]*)$/.test(path)

  /** Uploads new pictures. Afterwards they are enqueued, in-flight or rendered. */
  const sendPictures = (from: number, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => sendPicture(system, ada, from + index)))
  const expectDone = async (mediaIds: string[]) => {
    await becomeSettled(system, mediaIds, 60_000)
    await expectNothingLeft(system, 30_000)
    await expectDoneOnce(system, mediaIds)
    await expectStoreAsNamed(system, storeFolder)
    for (const one of [system.medias, ...system.workers]) expect(one.isRunning()).toBe(true)
  }
  const readMedia = (id: string) => send('GET', `${system.mediasUrl}/api/v1/media/${id}`, { token: ada.accessToken })

  describe('and it is RabbitMQ', () => {
    it('then uploads are accepted, and processed when RabbitMQ is available again', async () => {
      await rabbit.stop()
      const answer = await uploadPicture(10)
      expect(answer.status).toBe(201)
      const ready = await send('GET', `${system.mediasUrl}/readyz`)
      expect(ready.status).toBe(200)
      expect(ready.body.checks.broker).toEqual({ status: 'unavailable', required: false })
      expect((await readMedia(answer.body.id)).body.status).toBe('processing')

      await rabbit.start()
      expect((await settled(system, ada.accessToken, answer.body.id, 60_000)).status).toBe('ready')
    })

    it('then every job is done after a kill, whether it was in a queue or in-flight', async () => {
      const mediaIds: string[] = []
      for (const pictures of [20, 0]) {
        const [held, sent] = await Promise.all([holdAJob(system, system.workers), sendPictures(200, pictures)])
        mediaIds.push(...sent)
        await rabbit.kill()
        held.letGo()
        await rabbit.start()
      }
      await expectDone(mediaIds)
    })
  })

  describe('and it is a worker', () => {
    it('then another worker does its jobs', async () => {
      const first = system.workers.shift() as ServiceProcess
      const [held, ...uploads] = await Promise.all([
        holdAJob(system, [first]),
        ...[50, 60, 70, 80].map((hue) => uploadPicture(hue, 3000)),
      ])
      await first.kill()
      held.letGo()
      for (const { body } of uploads) {
        const media = await settled(system, ada.accessToken, body.id, 60_000)
        expect(media).toMatchObject({ status: 'ready', currentVersion: { error: null } })
        expect(media.currentVersion.sizes).toHaveLength(10)
      }
      await system.startWorker()
    })
  })

  describe('and it is PostgreSQL', () => {
    const expectUnavailable = async (
      request: () => Promise<{ status: number; body: { code: string }; headers: Headers }>,
    ) => {
      const linesBefore = system.medias.log.length
      const answer = await request()
      expect([answer.status, answer.body.code]).toEqual([503, 'database-unavailable'])
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      // The promised 5 s are measured in the log of the service, because this process can read the response late.
      const line = await eventually(
        () => {
          const done = system.medias.log.slice(linesBefore).find(({ event, status }) => {
            return event === 'request.done' && status === 503
          })
          if (done === undefined) throw new Error('medias-service has not logged the 503 yet')
          return done
        },
        { limitMs: 60_000 },
      )
      expect(line['ms']).toBeLessThan(5_000)
    }

    it('then requests get 503 within 5 s, and succeed when PostgreSQL is available again', async () => {
      const { body: media } = await uploadPicture(90)
      await settled(system, ada.accessToken, media.id)
      await postgres.stop()
      await expectUnavailable(() => readMedia(media.id))
      await expectUnavailable(() => uploadPicture(100))
      expect((await send('GET', `${system.mediasUrl}/readyz`)).status).toBe(503)
      expect((await send('GET', `${system.mediasUrl}/healthz`)).status).toBe(200)

      await postgres.start()
      await eventually(async () => expect((await readMedia(media.id)).status).toBe(200), { limitMs: 60_000 })
      const after = await uploadPicture(110)
      expect(after.status).toBe(201)
      expect((await settled(system, ada.accessToken, after.body.id, 60_000)).status).toBe('ready')
    })

    it('then every in-flight job is done after a kill', async () => {
      const mediaIds: string[] = []
      for (const pictures of [20, 0]) {
        const [held, sent] = await Promise.all([holdAJob(system, system.workers), sendPictures(230, pictures)])
        mediaIds.push(...sent)
        await postgres.kill()
        held.letGo()
        await postgres.start()
      }
      await expectDone(mediaIds)
    })

    it('then uploads that a kill interrupted leave no files without rows, and accepted uploads keep theirs', async () => {
      const accepted: string[] = []
      let interrupted = 0
      const over = new AbortController()
      const keepUploading = async (sender: number) => {
        for (let count = 0; !over.signal.aborted; count++) {
          const background = { r: sender, g: count & 255, b: count >> 8 }
          const bytes = await sharp({ create: { width: 16, height: 16, channels: 3, background } })
            .png()
            .toBuffer()
          const { status, body } = await upload(system, ada.accessToken, { bytes, name: 'small.png' })
          if (status === 201) accepted.push(body.id)
          else interrupted++
        }
      }
      const uploading = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(keepUploading))
      for (let kills = 1; kills <= 3; kills++) {
        await eventually(() => expect(accepted.length).toBeGreaterThan(kills * 40), { limitMs: 60_000 })
        await postgres.kill()
        await eventually(() => expect(interrupted).toBeGreaterThan(kills), { limitMs: 60_000 })
        await postgres.start()
      }
      over.abort()
      await uploading

      await eventually(
        async () => {
          const blobs = await runStatement(
            system.mediasDbUrl,
            `SELECT store_key AS key FROM blob WHERE state <> 'gone'`,
          )
          const named = blobs.map((row) => join(storeFolder, (row as { key: string }).key))
          expect((await filesBelow('originals')).filter((path) => !isNote(path)).toSorted()).toEqual(named.toSorted())
          expect((await unfinishedFiles()).filter((path) => path.includes('/incoming/'))).toEqual([])
        },
        { limitMs: 60_000, everyMs: 500 },
      )
      await becomeSettled(system, accepted, 60_000)
    })

    it('then requests also get 503 within 5 s if PostgreSQL hangs', async () => {
      const { body: media } = await uploadPicture(120)
      await settled(system, ada.accessToken, media.id, 60_000)
      postgres.freeze()
      try {
        await expectUnavailable(() => readMedia(media.id))
      } finally {
        postgres.thaw()
      }
      await eventually(async () => expect((await readMedia(media.id)).status).toBe(200), { limitMs: 60_000 })
    })
  })

  describe('and it is the file store, which is full', () => {
    const whereThereIsOne = canHaveSmallDisk ? it : it.skip

    whereThereIsOne('then uploads get 507 and jobs wait until there is space again', async () => {
      // The worker that was killed above may have left files, which are swept minutes later.
      const leftBefore = new Set(await unfinishedFiles())
      for (const worker of system.workers) worker.freeze()
      const mediaIds = await sendPictures(260, 6)
      await disk?.fill()
      for (const worker of system.workers) worker.thaw()
      const refused = await uploadPicture(270)
      expect([refused.status, refused.body.code]).toEqual([507, 'store-full'])
      await eventually(
        () => {
          const waiting = system.workers.flatMap(({ log }) => log).filter(({ error }) => error === 'The store is full')
          expect(new Set(waiting.map(({ mediaId }) => mediaId))).toEqual(new Set(mediaIds))
        },
        { limitMs: 60_000 },
      )
      for (const id of mediaIds) expect((await readMedia(id)).body.status).toBe('processing')

      await disk?.free()
      await expectDone([...mediaIds, ...(await sendPictures(270, 1))])
      expect((await unfinishedFiles()).filter((path) => !leftBefore.has(path))).toEqual([])
    })
  })

  describe('and it is another service', () => {
    it('then without main-service, uploads and lists work, and logins get 503', async () => {
      await system.main.kill()
      const { bytes } = await makeCameraPicture({ hue: 130 })
      const answer = await upload(system, ada.accessToken, { bytes, name: 'alone.jpg' })
      expect(answer.status).toBe(201)
      const list = await send('GET', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken })
      expect(list.status).toBe(200)
      const login = await send('POST', `${system.authUrl}/api/v1/auth/login`, {
        body: { email: ada.email, password: ada.password },
      })
      expect([login.status, login.body.code]).toEqual([503, 'main-service-unavailable'])
      await system.restart('main-service')
      expect((await logInAdministrator(system)).accessToken).toBeTruthy()
    })

    it('then without auth-service, requests with a token work', async () => {
      await system.auth.kill()
      expect((await send('GET', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken })).status).toBe(200)
      expect((await send('GET', `${system.mainUrl}/api/v1/users/me`, { token: ada.accessToken })).status).toBe(200)
      await system.restart('auth-service')
      expect((await send('GET', `${system.mediasUrl}/api/v1/media`, { token: ada.accessToken })).status).toBe(200)
    })

    const makeKey = async (): Promise<string> => {
      const body = { name: 'A machine', permissions: ['media:read:own'] }
      const made = await send('POST', `${system.mainUrl}/api/v1/api-keys`, { token: ada.accessToken, body })
      expect(made.status).toBe(201)
      return made.body.key
    }
    const listBy = (key: string) => send('GET', `${system.mediasUrl}/api/v1/media`, { token: key })

    it('then without auth-service, an API key with a cached token works, and another key gets 503', async () => {
      const [known, unknown] = [await makeKey(), await makeKey()]
      expect((await listBy(known)).status).toBe(200)

      await system.auth.kill()
      expect((await listBy(known)).status).toBe(200)
      const answer = await listBy(unknown)
      expect([answer.status, answer.body.code]).toEqual([503, 'auth-service-unavailable'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)

      await system.restart('auth-service')
      expect((await listBy(unknown)).status).toBe(200)
    })

    it('then without main-service, another API key gets 503, not 401', async () => {
      const key = await makeKey()

      await system.main.kill()
      expect(await listBy(key)).toMatchObject({ status: 503, body: { code: 'auth-service-unavailable' } })
      const { grantType, apiKeyType } = tokenExchange
      const form = { grant_type: grantType, subject_token_type: apiKeyType, subject_token: key }
      expect((await requestToken(system, form)).status).toBe(503)

      await system.restart('main-service')
      expect((await listBy(key)).status).toBe(200)
    })
  })
})
