import { randomBytes } from 'node:crypto'

import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  expectRevokedWithin5s,
  logInAdministrator,
  makeCameraPicture,
  makeTransparentPicture,
  registerSomebody,
  send,
  settled,
  sharedSystem,
  upload,
  type Json,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('People and their pictures', () => {
  let system: System
  let ada: Person
  let eve: Person
  let admin: Person
  // The system is shared, so other tests have tags and roles too.
  const suffix = randomBytes(4).toString('hex')
  const tags = { sea: `Sea ${suffix}`, summer: `Été ${suffix}` }
  const slugs = { sea: `sea-${suffix}`, summer: `ete-${suffix}` }

  beforeAll(async () => {
    system = await sharedSystem()
    ada = await registerSomebody(system, 'Ada')
    eve = await registerSomebody(system, 'Eve')
    admin = await logInAdministrator(system)
    for (const hue of [10, 20, 30]) {
      const { bytes } = await makeCameraPicture({ width: 400, height: 300, hue })
      const fields = { tags: hue === 20 ? `${tags.sea},${tags.summer}` : tags.sea }
      await upload(system, ada.accessToken, { bytes, name: `ada-${hue}.jpg` }, fields)
    }
    const { bytes } = await makeTransparentPicture({ width: 300, height: 200 })
    await upload(system, eve.accessToken, { bytes, name: 'eve.png' })
  })

  const main = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mainUrl}/api/v1${path}`, sent)
  const medias = (method: string, path: string, sent: Parameters<typeof send>[2] = {}) =>
    send(method, `${system.mediasUrl}/api/v1${path}`, sent)
  const names = (answer: { body: Json }) => answer.body.data.map(({ filename }: Json) => filename)

  it("When a user's media are requested from main-service, then it returns the pages of medias-service", async () => {
    const first = await main('GET', `/users/${ada.id}/media?limit=2`, { token: ada.accessToken })
    expect(first.status).toBe(200)
    expect(names(first)).toEqual(['ada-30.jpg', 'ada-20.jpg'])
    const next = encodeURIComponent(first.body.page.next)
    const second = await main('GET', `/users/${ada.id}/media?limit=2&after=${next}`, { token: ada.accessToken })
    expect(names(second)).toEqual(['ada-10.jpg'])
    expect(second.body.page.next).toBeNull()
  })

  it("When they are another user's media, then only a user who can read all media sees them", async () => {
    expect((await main('GET', `/users/${ada.id}/media`, { token: eve.accessToken })).status).toBe(404)
    expect(names(await main('GET', `/users/${ada.id}/media`, { token: admin.accessToken }))).toHaveLength(3)
  })

  it('When media are listed, then each has the name of its owner', async () => {
    const { body } = await medias('GET', '/media?limit=200', { token: admin.accessToken })
    const theirs = body.data.filter(({ owner }: Json) => [ada.id, eve.id].includes(owner.id))
    expect(theirs.map(({ filename, owner }: Json) => [filename, owner.name])).toEqual([
      ['eve.png', 'Eve'],
      ['ada-30.jpg', 'Ada'],
      ['ada-20.jpg', 'Ada'],
      ['ada-10.jpg', 'Ada'],
    ])
  })

  it('When media are filtered by tags, then the slugs of the tags are compared, not their names', async () => {
    const token = ada.accessToken
    expect(names(await medias('GET', `/media?tag=${slugs.sea}`, { token }))).toHaveLength(3)
    expect(names(await medias('GET', `/media?tag=${slugs.sea}&tag=${slugs.summer}`, { token }))).toEqual(['ada-20.jpg'])
    expect(names(await medias('GET', `/media?anyTag=${slugs.summer}&anyTag=nothing`, { token }))).toEqual([
      'ada-20.jpg',
    ])
    const { body } = await medias('GET', `/tags?q=${slugs.sea}`, { token })
    expect(body.data).toMatchObject([{ slug: slugs.sea, name: tags.sea, count: 3 }])
  })

  it('When a version is added, then the previous version stays current until the new one is ready', async () => {
    const token = ada.accessToken
    const [{ id }] = (await medias('GET', `/media?tag=${slugs.summer}`, { token })).body.data
    await settled(system, token, id)
    const form = new FormData()
    const { bytes } = await makeTransparentPicture({ width: 500, height: 400, hue: 100 })
    form.append('file', new Blob([new Uint8Array(bytes)]), 'better.png')
    const added = await medias('POST', `/media/${id}/versions`, { token, body: form })
    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ number: 2, format: 'png' })

    const versions = await medias('GET', `/media/${id}/versions`, { token })
    expect(versions.body.data.map(({ number }: Json) => number)).toEqual([2, 1])
    const media = await (async () => {
      for (;;) {
        const { body } = await medias('GET', `/media/${id}`, { token })
        expect(body.status).toBe('ready')
        if (body.currentVersion.number === 2) return body
      }
    })()
    expect(media.currentVersion).toMatchObject({ status: 'ready', width: 500, height: 400, hasAlpha: true })
    expect(new Set(media.currentVersion.sizes.map(({ format }: Json) => format))).toEqual(new Set(['avif', 'webp']))
    expect((await medias('GET', `/media/${id}/sizes/thumb.jpeg?v=1`, { token })).status).toBe(200)
  })

  it('When a role is edited, then a new token has the new permissions', async () => {
    const token = admin.accessToken
    const made = await main('POST', '/roles', {
      token,
      body: { name: `archivist-${suffix}`, description: 'Reads all media', permissions: ['media:read'] },
    })
    expect(made.status).toBe(201)
    expect(
      (await main('PUT', `/users/${eve.id}/roles`, { token, body: { roles: ['user', `archivist-${suffix}`] } })).status,
    ).toBe(200)
    const refreshed = await send('POST', `${system.authUrl}/api/v1/auth/refresh`, {
      body: { refreshToken: eve.refreshToken },
    })
    expect(names(await medias('GET', `/media?owner=${ada.id}`, { token: refreshed.body.accessToken }))).toHaveLength(3)
    await expectRevokedWithin5s(system, [eve.id])
    const stale = await medias('GET', `/media?owner=${ada.id}`, { token: eve.accessToken })
    expect([stale.status, stale.body.code]).toEqual([401, 'token-stale'])
  })

  it('When a user is suspended, then they get no more tokens', async () => {
    const mallory = await registerSomebody(system, 'Mallory')
    const suspend = await main('PATCH', `/users/${mallory.id}`, {
      token: admin.accessToken,
      body: { status: 'suspended' },
    })
    expect(suspend.body).toMatchObject({ status: 'suspended' })
    const refresh = await send('POST', `${system.authUrl}/api/v1/auth/refresh`, {
      body: { refreshToken: mallory.refreshToken },
    })
    expect([refresh.status, refresh.body.code]).toEqual([401, 'session-ended'])
    const login = await send('POST', `${system.authUrl}/api/v1/auth/login`, {
      body: { email: mallory.email, password: mallory.password },
    })
    expect([login.status, login.body.code]).toEqual([403, 'account-suspended'])
  })
})
