import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  logInAdministrator,
  makeCameraPicture,
  makeTransparentPicture,
  registerSomebody,
  send,
  settled,
  startSystem,
  unzip,
  upload,
  type Json,
  type Person,
  type System,
  type UnzippedFile,
} from '@likeness/test-kit'

/** More than the buffers between a service and a client that does not read can contain. */
const MANY_BYTES = 30_000_000

describe('The export of a person', () => {
  let system: System
  let admin: Person
  /** Has pictures of every kind. */
  let ada: Person
  /** Has a picture that no other user has. */
  let eve: Person
  /** Has pictures that take long to download. */
  let max: Person
  let sent: { holiday: Buffer; drawing: Buffer; better: Buffer; trashed: Buffer }
  let hers: Buffer

  const main = (method: string, path: string, request: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mainUrl}/api/v1${path}`, request)
  const medias = (method: string, path: string, request: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, request)
  const ask = (token: string, userId: string, init: RequestInit = {}) =>
    fetch(`${system.mainUrl}/api/v1/users/${userId}/export`, { ...init, headers: { authorization: `Bearer ${token}` } })
  const unzipped = async (response: Response) => unzip(Buffer.from(await response.arrayBuffer()))
  const exported = async (token: string, userId: string): Promise<Map<string, UnzippedFile>> => {
    const response = await ask(token, userId)
    expect(response.status).toBe(200)
    return unzipped(response)
  }
  const jsonOf = (files: Map<string, UnzippedFile>, path: string): Json =>
    JSON.parse(files.get(path)?.bytes.toString() ?? 'null')
  const picturesOf = (files: Map<string, UnzippedFile>) => [...files.keys()].filter((path) => path.startsWith('media/'))
  /** A new user with these permissions and the permissions of the role `user`, which the exported users have. */
  async function userWith(...permissions: string[]): Promise<Person> {
    const name = `role-${randomBytes(4).toString('hex')}`
    const token = admin.accessToken
    expect((await main('POST', '/roles', { token, body: { name, description: '', permissions } })).status).toBe(201)
    const { id, email, password } = await registerSomebody(system, 'Clerk')
    const roles = [name, 'user']
    expect((await main('PUT', `/users/${id}/roles`, { token, body: { roles } })).status).toBe(200)
    const { body } = await send('POST', `${system.authUrl}/api/v1/auth/login`, { body: { email, password } })
    return { id, email, password, accessToken: body.accessToken, refreshToken: body.refreshToken }
  }
  /** A small picture with many bytes after its end. Some cameras append a film there, so the bytes belong to the file. */
  async function makeBigPicture(): Promise<Buffer> {
    const { bytes } = await makeCameraPicture({ width: 40, height: 30 })
    return Buffer.concat([bytes, randomBytes(MANY_BYTES)])
  }

  beforeAll(async () => {
    system = await startSystem({ environment: { 'main-service': { DRAIN_SECONDS: '3' } } })
    admin = await logInAdministrator(system)
    ada = await registerSomebody(system, 'Ada')
    eve = await registerSomebody(system, 'Eve')
    max = await registerSomebody(system, 'Max')
    sent = {
      holiday: (await makeCameraPicture({ width: 400, height: 300, hue: 10 })).bytes,
      drawing: (await makeTransparentPicture({ width: 300, height: 200 })).bytes,
      better: (await makeTransparentPicture({ width: 320, height: 240, hue: 100 })).bytes,
      trashed: (await makeCameraPicture({ width: 200, height: 100, hue: 50 })).bytes,
    }
    hers = (await makeCameraPicture({ width: 100, height: 100, hue: 300 })).bytes
    await upload(system, eve.accessToken, { bytes: hers, name: 'eve.jpg' })
    for (const name of ['one.jpg', 'two.jpg']) {
      expect((await upload(system, max.accessToken, { bytes: await makeBigPicture(), name })).status).toBe(201)
    }
  })
  afterAll(() => system?.stop())

  it('When a user exports their data, then it contains all their originals unchanged, and none of another user', async () => {
    const token = ada.accessToken
    const put = async (bytes: Buffer, name: string, fields = {}) =>
      (await upload(system, token, { bytes, name }, fields)).body.id as string
    const holiday = await put(sent.holiday, 'Été "26": a/b?.jpg', { tags: 'Sea', title: 'By the sea' })
    const drawing = await put(sent.drawing, 'drawing.png')
    const trashed = await put(sent.trashed, 'old.jpg')
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(sent.better)]), 'better.png')
    expect((await medias('POST', `/media/${drawing}/versions`, { token, body: form })).status).toBe(201)
    for (const id of [holiday, drawing, trashed]) await settled(system, token, id)
    await eventually(
      async () => expect((await medias('GET', `/media/${drawing}`, { token })).body.currentVersion.number).toBe(2),
      { limitMs: 60_000 },
    )
    expect((await medias('DELETE', `/media/${trashed}`, { token })).status).toBe(204)

    const response = await ask(token, ada.id)
    const files = await unzipped(response)

    expect(response.headers.get('content-disposition')).toBe(`attachment; filename=likeness-export-${ada.id}.zip`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const expected: [path: string, bytes: Buffer][] = [
      [`media/${holiday}/1-b_.jpg`, sent.holiday],
      [`media/${drawing}/2-drawing.png`, sent.better],
      [`media/${drawing}/1-drawing.png`, sent.drawing],
      [`media/${trashed}/1-old.jpg`, sent.trashed],
    ]
    expect([...files.keys()]).toEqual(['person.json', 'audit.jsonl', 'media.json', ...expected.map(([path]) => path)])
    for (const [path, bytes] of expected) {
      expect(files.get(path)?.bytes.equals(bytes)).toBe(true)
      expect(files.get(path)?.isDeflated).toBe(false)
    }
    expect(files.get('media.json')?.isDeflated).toBe(true)
    const presented = await Promise.all(
      [holiday, drawing, trashed].map(async (id) => ({
        ...(await medias('GET', `/media/${id}`, { token })).body,
        versions: (await medias('GET', `/media/${id}/versions`, { token })).body.data,
      })),
    )
    expect(jsonOf(files, 'media.json')).toEqual(presented)
    expect(presented[0]).toMatchObject({ title: 'By the sea', tags: [{ slug: 'sea' }], trashedAt: null })
    expect(presented[2].trashedAt).not.toBeNull()
    expect(jsonOf(files, 'person.json')).toMatchObject({
      user: { id: ada.id, email: ada.email },
      roles: [{ name: 'user', expiresAt: null }],
      sessions: [{ endedAt: null }],
    })
    expect(files.get('audit.jsonl')?.bytes.toString()).toContain('"user.exported"')
    const told = ['person.json', 'audit.jsonl', 'media.json'].map((path) => files.get(path)?.bytes.toString()).join()
    expect(told).not.toMatch(/argon2|[Tt]oken|storeKey/)
    expect(told).not.toContain(eve.id)
  })

  it('When a user has more media than a page, then the export contains each of them once', async () => {
    const { id, accessToken } = await registerSomebody(system, 'Many')
    const pictures = await Promise.all(
      Array.from(
        { length: 45 },
        async (_, hue) => (await makeTransparentPicture({ width: 20, height: 20, hue })).bytes,
      ),
    )
    for (const [index, bytes] of pictures.entries()) {
      expect((await upload(system, accessToken, { bytes, name: `${index}.png` })).status).toBe(201)
    }

    const files = await exported(accessToken, id)

    expect(jsonOf(files, 'media.json').map(({ filename }: Json) => filename)).toEqual(
      pictures.map((_, index) => `${index}.png`),
    )
    expect(picturesOf(files)).toHaveLength(45)
    for (const path of picturesOf(files)) {
      const index = Number(/\/1-(\d+)\.png$/.exec(path)?.[1])
      expect(files.get(path)?.bytes.equals(pictures[index] as Buffer)).toBe(true)
    }
  })

  describe('When another user requests the export', () => {
    it('then a stranger gets 404, and a user who can read all users and media gets everything', async () => {
      const stranger = await main('GET', `/users/${eve.id}/export`, { token: ada.accessToken })
      expect([stranger.status, stranger.body.code]).toEqual([404, 'not-found'])
      expect((await main('GET', `/users/${eve.id}/export`)).status).toBe(401)

      const editor = await userWith('users:read', 'media:read')
      for (const { accessToken } of [admin, editor]) {
        const files = await exported(accessToken, eve.id)
        const [path = ''] = picturesOf(files)
        expect(files.get(path)?.bytes.equals(hers)).toBe(true)
      }
    })

    it('then a user who cannot read the media gets neither the pictures nor their data', async () => {
      for (const permissions of [['users:read'], ['users:read', 'media:read:own', 'media:update']]) {
        const clerk = await userWith(...permissions)
        const files = await exported(clerk.accessToken, eve.id)
        expect([...files.keys()]).toEqual(['person.json', 'audit.jsonl', 'README.txt'])
        expect(files.get('README.txt')?.bytes.toString()).toContain('does not have the permission to read them')
      }
    })

    it('then the exported trail has the id of an administrator, but not the address', async () => {
      await exported(admin.accessToken, eve.id)
      const files = await exported(eve.accessToken, eve.id)
      const lines = files
        .get('audit.jsonl')
        ?.bytes.toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines?.find(({ actor }) => actor.id === admin.id)).toMatchObject({
        action: 'user.exported',
        target: { type: 'user', id: eve.id },
        address: null,
        userAgent: null,
      })
    })
  })

  it('When an API key requests the export, then it gets the data that its permissions allow', async () => {
    const keyOf = async (...permissions: string[]) =>
      (await main('POST', '/api-keys', { token: eve.accessToken, body: { name: 'Backup', permissions } })).body.key
    const whole = await exported(await keyOf('users:read:own', 'media:read:own'), eve.id)
    expect(picturesOf(whole)).toHaveLength(1)
    expect([...(await exported(await keyOf('users:read:own'), eve.id)).keys()]).toContain('README.txt')
    expect((await ask(await keyOf('media:read:own'), eve.id)).status).toBe(403)
  })

  /** Begins an export and reads the first part of a picture. The rest stays unread. */
  async function begin(token: string, userId: string) {
    const leaving = new AbortController()
    const response = await ask(token, userId, { signal: leaving.signal })
    expect(response.status).toBe(200)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (let taken = 0; taken < 1_000_000;) taken += (await reader.read()).value?.length ?? 0
    const rest = async () => {
      const chunks: Uint8Array[] = []
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return Buffer.concat(chunks)
        chunks.push(value)
      }
    }
    return { leave: () => leaving.abort(), rest }
  }
  const abortedAt = (service: 'main' | 'medias', end: string) =>
    system[service].log.filter(({ event, path }) => event === 'request.aborted' && String(path).endsWith(end)).length

  it('When a client disconnects during an export, then both services stop it, and another export can start', async () => {
    for (let count = 1; count <= 5; count++) {
      // The fifth would be rejected if the first four still counted.
      const { leave } = await eventually(() => begin(max.accessToken, max.id), { limitMs: 60_000 })
      leave()
      await eventually(
        () => expect([abortedAt('main', '/export'), abortedAt('medias', '/file')]).toEqual([count, count]),
        { limitMs: 60_000 },
      )
    }
    expect(system.main.log.filter(({ event }) => event === 'export.failed')).toEqual([])
    expect(picturesOf(await exported(max.accessToken, max.id))).toHaveLength(2)
  })

  it('When the maximum number of exports runs, then another one gets 429 with Retry-After until one of them ends', async () => {
    const refusal = async (token: string, userId: string) => {
      const { status, headers, body } = await main('GET', `/users/${userId}/export`, { token })
      return [status, body.code, headers.get('retry-after')]
    }
    const full = [429, 'too-many-exports', '30']
    const begun = [await begin(max.accessToken, max.id), await begin(max.accessToken, max.id)]
    expect(await refusal(max.accessToken, max.id)).toEqual(full)
    begun.push(await begin(admin.accessToken, max.id), await begin(admin.accessToken, max.id))
    expect(await refusal(eve.accessToken, eve.id)).toEqual(full)

    begun.pop()?.leave()
    await eventually(() => exported(eve.accessToken, eve.id), { limitMs: 60_000 })
    for (const { leave } of begun) leave()
  })

  it('When medias-service becomes unavailable during an export, then the connection is closed early', async () => {
    const { rest } = await eventually(() => begin(max.accessToken, max.id), { limitMs: 60_000 })
    await system.medias.kill()

    await expect(rest()).rejects.toThrow('terminated')
    await eventually(
      () =>
        expect(system.main.log.filter(({ event }) => event === 'export.failed')).toMatchObject([{ userId: max.id }]),
      { limitMs: 60_000 },
    )
  })

  it('When medias-service is unavailable at the start, then the response is 503 until it is available again', async () => {
    const away = await main('GET', `/users/${max.id}/export`, { token: max.accessToken })
    expect([away.status, away.body.code]).toEqual([503, 'medias-service-unavailable'])
    expect(away.headers.get('retry-after')).not.toBeNull()
    expect(away.headers.get('content-disposition')).toBeNull()

    await system.restart('medias-service')
    expect(picturesOf(await exported(max.accessToken, max.id))).toHaveLength(2)
  })

  it('When main-service is stopped during an export, then it waits DRAIN_SECONDS, closes the connection, and exits 0', async () => {
    const { rest } = await begin(max.accessToken, max.id)
    const stoppedAt = Date.now()
    process.kill(system.main.pid, 'SIGTERM')

    expect(await system.main.exited).toEqual({ code: 0, signal: null })
    expect(Date.now() - stoppedAt).toBeGreaterThan(2_900)
    expect(Date.now() - stoppedAt).toBeLessThan(11_000)
    await expect(rest()).rejects.toThrow('terminated')
  })
})
