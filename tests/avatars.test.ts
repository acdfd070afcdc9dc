import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  logInAdministrator,
  makeCameraPicture,
  registerSomebody,
  runStatement,
  send,
  settled,
  startSystem,
  upload,
  type Answer,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('When an avatar is set', () => {
  let folder: string
  let presetsFile: string
  let system: System
  let ada: Person
  let eve: Person
  let admin: Person

  const main = (method: string, path: string, { accessToken }: Person, body?: unknown, headers = {}) =>
    send(method, `${system.mainUrl}/api/v1${path}`, { token: accessToken, body, headers })
  const medias = (method: string, path: string, { accessToken }: Person, body?: unknown) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, { token: accessToken, body })
  const setAvatar = (user: Person, mediaId: string, by: Person = user, headers = {}) =>
    main('PUT', `/users/${user.id}/avatar`, by, { mediaId }, headers)
  const refusal = ({ status, body }: Answer) => [status, body.code]
  const avatarOf = async (user: Person) => (await main('GET', '/users/me', user)).body.avatar

  const sizesOf = async (user: Person) => Object.keys((await avatarOf(user)).urls)
  const writePresets = (names: string[]) =>
    writeFile(
      presetsFile,
      JSON.stringify(names.map((name, index) => ({ name, fit: 'width', width: 200 + index * 100 }))),
    )
  const changedAt = async (databaseUrl: string, table: string) => {
    const [row] = await runStatement(databaseUrl, `SELECT updated_at FROM ${table}`)
    return (row as { updated_at: Date }).updated_at.getTime()
  }

  async function uploadPicture(
    owner: Person,
    fields: Record<string, string> = { visibility: 'public' },
  ): Promise<string> {
    const { bytes } = await makeCameraPicture({ width: 400, height: 300 })
    const { status, body } = await upload(system, owner.accessToken, { bytes, name: 'portrait.jpg' }, fields)
    expect(status).toBe(201)
    return body.id
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-avatars-'))
    presetsFile = join(folder, 'presets.json')
    await writePresets(['thumb', 'small', 'medium', 'large', 'xlarge'])
    system = await startSystem({
      environment: { 'medias-service': { ATTACHMENT_TYPES: 'application/pdf', PRESETS_FILE: presetsFile } },
    })
    ada = await registerSomebody(system, 'Ada')
    eve = await registerSomebody(system, 'Eve')
    admin = await logInAdministrator(system)
  })
  afterAll(async () => {
    await system?.stop()
    await rm(folder, { recursive: true })
  })

  it('and the media is a public image, then the user has URLs of its sizes that everybody can load and caches keep', async () => {
    const mediaId = await uploadPicture(ada)
    await settled(system, ada.accessToken, mediaId)

    const answer = await setAvatar(ada, mediaId)

    const url = (size: string) => `/api/v1/media/${mediaId}/sizes/${size}?v=1`
    const urls = Object.fromEntries(['thumb', 'small', 'medium', 'large', 'xlarge'].map((size) => [size, url(size)]))
    expect([answer.status, answer.body.avatar]).toEqual([200, { mediaId, urls }])
    expect((await main('GET', '/users?role=user', admin)).body.data).toContainEqual(answer.body)
    for (const path of Object.values(urls)) {
      const size = await fetch(system.mediasUrl + path)
      await size.body?.cancel()
      expect([size.status, size.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\//)])
      expect(size.headers.get('cache-control')).toMatch(/public.*immutable/)
    }
  })

  it('and the path has me, then it is the avatar of the caller, as in every route of a user', async () => {
    const mediaId = await uploadPicture(ada)

    expect((await main('PUT', '/users/me/avatar', ada, { mediaId })).body).toMatchObject({
      id: ada.id,
      avatar: { mediaId },
    })
    expect((await main('GET', '/users/me/media?limit=1', ada)).body.data).toMatchObject([{ id: mediaId }])
    const exported = await fetch(`${system.mainUrl}/api/v1/users/me/export`, {
      headers: { authorization: `Bearer ${ada.accessToken}` },
    })
    await exported.body?.cancel()
    expect([exported.status, exported.headers.get('content-type')]).toEqual([200, 'application/zip'])
  })

  it('and the caller cannot read the media, or it does not exist, then the media is unknown', async () => {
    const before = await avatarOf(ada)

    expect(refusal(await setAvatar(ada, await uploadPicture(eve, {})))).toEqual([422, 'avatar-media-unknown'])
    expect(refusal(await setAvatar(ada, randomUUID()))).toEqual([422, 'avatar-media-unknown'])
    expect(await avatarOf(ada)).toEqual(before)
  })

  it('and the media is private, then nobody else could load it, so it must become public first', async () => {
    const [own, hers] = [await uploadPicture(ada, {}), await uploadPicture(eve, {})]

    const answer = await setAvatar(ada, own)
    expect([...refusal(answer), answer.body.detail]).toEqual([
      422,
      'avatar-not-public',
      expect.stringMatching(/Change the visibility of the media to public first\.$/),
    ])
    expect(refusal(await setAvatar(ada, hers, admin))).toEqual([422, 'avatar-not-public'])
    await medias('PATCH', `/media/${own}`, ada, { visibility: 'public' })
    await medias('PATCH', `/media/${hers}`, eve, { visibility: 'public' })
    expect((await setAvatar(ada, own)).status).toBe(200)
    expect((await setAvatar(ada, hers)).body.avatar).toMatchObject({ mediaId: hers })
  })

  it('and the media could not be processed, then nobody could see it, so it is rejected', async () => {
    const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(40)])
    const { body } = await upload(system, ada.accessToken, { bytes, name: 'broken.png' }, { visibility: 'public' })
    await settled(system, ada.accessToken, body.id)

    expect(refusal(await setAvatar(ada, body.id))).toEqual([422, 'avatar-failed'])
  })

  it('and the media gets a new version, then the avatar shows the old one until it is set again', async () => {
    const mediaId = await uploadPicture(ada)
    await settled(system, ada.accessToken, mediaId)
    await setAvatar(ada, mediaId)
    const form = new FormData()
    form.set('file', new Blob([(await makeCameraPicture({ width: 300, height: 400 })).bytes]), 'newer.jpg')
    expect((await medias('POST', `/media/${mediaId}/versions`, ada, form)).status).toBe(201)
    await eventually(
      async () => expect((await medias('GET', `/media/${mediaId}`, ada)).body.currentVersion.number).toBe(2),
      { limitMs: 60_000 },
    )

    expect((await avatarOf(ada)).urls.thumb).toMatch(/\?v=1$/)
    expect((await setAvatar(ada, mediaId)).body.avatar.urls.thumb).toMatch(/\?v=2$/)
  })

  it('and the media becomes private or is moved to the trash, then its URLs are closed to others until it is public again', async () => {
    const mediaId = await uploadPicture(ada)
    await settled(system, ada.accessToken, mediaId)
    const url = (await setAvatar(ada, mediaId)).body.avatar.urls.thumb
    const seenBy = async (token?: string) => (await send('GET', system.mediasUrl + url, { token })).status

    await medias('PATCH', `/media/${mediaId}`, ada, { visibility: 'private' })
    expect([await seenBy(), await seenBy(eve.accessToken)]).toEqual([401, 404])
    expect(await avatarOf(ada)).toMatchObject({ mediaId })
    await medias('PATCH', `/media/${mediaId}`, ada, { visibility: 'public' })
    expect(await seenBy()).toBe(200)
    await medias('DELETE', `/media/${mediaId}`, ada)
    expect(await seenBy()).toBe(401)
  })

  it('and an administrator sets it, then the media can belong to the user or to the administrator', async () => {
    const theirs = await uploadPicture(ada)
    const own = await uploadPicture(admin)

    expect((await setAvatar(ada, theirs, admin)).status).toBe(200)
    expect((await setAvatar(ada, own, admin)).status).toBe(200)
    expect(await avatarOf(ada)).toMatchObject({ mediaId: own })
  })

  it('and the media is in the trash or not an image, then it is rejected', async () => {
    const trashed = await uploadPicture(ada)
    await medias('DELETE', `/media/${trashed}`, ada)
    const bytes = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')
    const document = await upload(system, ada.accessToken, { bytes, name: 'cv.pdf' })
    expect(document.status).toBe(201)

    expect(refusal(await setAvatar(ada, trashed))).toEqual([422, 'avatar-not-an-image'])
    expect(refusal(await setAvatar(ada, document.body.id))).toEqual([422, 'avatar-not-an-image'])
  })

  it('and the caller cannot change the user, then the user is not found', async () => {
    const mediaId = await uploadPicture(eve)

    expect(refusal(await setAvatar(ada, mediaId, eve))).toEqual([404, 'not-found'])
    expect(refusal(await main('DELETE', `/users/${ada.id}/avatar`, eve))).toEqual([404, 'not-found'])
    expect((await send('PUT', `${system.mainUrl}/api/v1/users/${ada.id}/avatar`, { body: { mediaId } })).status).toBe(
      401,
    )
  })

  it('and two clients change it after reading the user, then the later one gets 412; and a deletion removes it', async () => {
    const [one, other] = [await uploadPicture(eve), await uploadPicture(eve)]
    const read = { 'If-Match': (await main('GET', `/users/${eve.id}`, eve)).headers.get('etag') as string }

    const answers = await Promise.all([setAvatar(eve, one, eve, read), setAvatar(eve, other, eve, read)])

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    expect((await main('DELETE', `/users/${eve.id}/avatar`, eve, undefined, read)).status).toBe(412)
    expect((await main('DELETE', `/users/${eve.id}/avatar`, eve)).status).toBe(204)
    expect(await avatarOf(eve)).toBeNull()
  })

  it('and the body is not valid, then the response is 422 and names the field', async () => {
    for (const body of [{}, { mediaId: 'one' }, { mediaId: null }, { mediaId: randomUUID(), url: 'http://x' }]) {
      const answer = await main('PUT', `/users/${ada.id}/avatar`, ada, body)
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request'])
    }
  })

  it('and medias-service is unavailable, then the response is 503 soon, and the user is unchanged', async () => {
    const mediaId = await uploadPicture(ada)
    const before = await main('GET', '/users/me', ada)
    await system.medias.kill()

    const answer = await setAvatar(ada, mediaId)

    expect(refusal(answer)).toEqual([503, 'medias-service-unavailable'])
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect((await main('GET', '/users/me', ada)).headers.get('etag')).toBe(before.headers.get('etag'))
    await system.restart('medias-service')
    expect((await setAvatar(ada, mediaId)).status).toBe(200)
  })

  it('and an operator renames a preset, then the avatar has a URL with the new name within 5 s', async () => {
    const renamed = ['tiny', 'small', 'medium', 'large', 'xlarge']
    await setAvatar(ada, await uploadPicture(ada))

    await writePresets(renamed)

    await eventually(async () => expect(await sizesOf(ada)).toEqual(renamed), { limitMs: 60_000 })
    const listed = (await main('GET', '/users?role=user', admin)).body.data.find(({ id }: Person) => id === ada.id)
    expect(Object.keys(listed.avatar.urls)).toEqual(renamed)
    const ms = (await changedAt(system.mainDbUrl, 'media_presets')) - (await changedAt(system.mediasDbUrl, 'fleet'))
    expect(ms).toBeLessThan(5_000)
  })

  it('and medias-service is unavailable, then the avatar keeps its URLs, even after main-service has restarted', async () => {
    const before = await avatarOf(ada)
    expect(Object.keys(before.urls)).toHaveLength(5)
    await system.medias.kill()

    expect(await avatarOf(ada)).toEqual(before)
    await system.main.kill()
    await system.restart('main-service')
    await eventually(async () => expect(await avatarOf(ada)).toEqual(before), { limitMs: 60_000 })
    await system.restart('medias-service')
  })
})
