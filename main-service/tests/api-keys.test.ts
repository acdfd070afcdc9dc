import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'likeness-api-keys-'))
const flags = join(folder, 'features.json')
let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain({ FEATURES_FILE: flags })
  admin = await main.logInAdministrator()
})
afterAll(async () => {
  await main?.stop()
  rmSync(folder, { recursive: true })
})

let people = 0

async function logInSomebody(): Promise<Client> {
  const { id } = await main.register(`Maker ${++people}`)
  return main.logIn(id)
}

const wish = { name: 'Backup', permissions: ['media:read:own'] }
const makeKey = async (maker: Client, more: object = {}) => {
  const answer = await maker.send('post', '/api-keys', { ...wish, ...more })
  expect(answer.status).toBe(201)
  return answer.body
}
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
const identify = (key: string) => main.auth.send('post', '/api-keys/identity', { keyHash: hashOf(key) })
const problem = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]
const auditOf = (id: string) =>
  main.context.maindb.rows<{ action: string; actor_id: string; before: object; after: object }>(
    'SELECT action, actor_id, before, after FROM audit WHERE target_id = :id ORDER BY id',
    { id },
  )

describe('When somebody makes an API key', () => {
  it('then it is shown once, kept as a hash, and listed by its hint', async () => {
    const maker = await logInSomebody()
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()

    const made = await maker.send('post', '/api-keys', { ...wish, name: '  Nightly backup ', expiresAt })

    expect(made.status).toBe(201)
    const { key, ...shown } = made.body
    expect(key).toMatch(/^key_[\w-]{43}$/)
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'Nightly backup',
      permissions: ['media:read:own'],
      hint: key.slice(-4),
      expiresAt,
      lastUsedAt: null,
      createdAt: expect.any(String),
    })
    expect(made.headers['location']).toBe(`/api/v1/api-keys/${shown.id}`)
    expect(made.headers['cache-control']).toBe('no-store')
    expect((await maker.get('/api-keys?count=true')).body).toEqual({
      data: [shown],
      page: { limit: 50, next: null, total: 1 },
    })
    expect((await maker.get(`/api-keys/${shown.id}`)).body).toEqual(shown)
    const [row] = await main.context.maindb.rows<object>('SELECT * FROM api_key WHERE id = :id', { id: shown.id })
    expect(row).toMatchObject({ key_hash: hashOf(key) })
    expect(JSON.stringify(row)).not.toContain(key)
  })

  it('then the audit trail tells of it, and of its end, without the key', async () => {
    const maker = await logInSomebody()
    const { key, ...shown } = await makeKey(maker)
    await maker.send('delete', `/api-keys/${shown.id}`)

    const trail = await auditOf(shown.id)

    expect(trail).toEqual([
      { action: 'api-key.created', actor_id: maker.id, before: null, after: shown },
      { action: 'api-key.revoked', actor_id: maker.id, before: shown, after: null },
    ])
    expect(JSON.stringify(trail)).not.toContain(key)
  })

  it.each([
    ['no name', { name: undefined }, 'body.name'],
    ['a blank name', { name: ' ' }, 'body.name'],
    ['no permissions', { permissions: undefined }, 'body.permissions'],
    ['an empty list of them', { permissions: [] }, 'body.permissions'],
    ['more than a hundred', { permissions: Array.from({ length: 101 }, (_, n) => `media:a${n}`) }, 'body.permissions'],
    ['what is no permission', { permissions: ['media:read', 'fly'] }, 'body.permissions.1'],
    ['a time that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
    ['what is no time', { expiresAt: 'tomorrow' }, 'body.expiresAt'],
    ['a field that is not asked for', { key: 'key_mine' }, 'body.key'],
  ])('then %s is refused by name', async (_what, change, path) => {
    const maker = await logInSomebody()

    const answer = await maker.send('post', '/api-keys', { ...wish, ...change })

    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors).toEqual([{ path, message: expect.any(String) }])
    expect((await maker.get('/api-keys')).body.data).toEqual([])
  })

  it('then it can have nothing that they do not hold', async () => {
    const maker = await logInSomebody()
    const makeWith = (...permissions: string[]) => maker.send('post', '/api-keys', { ...wish, permissions })

    expect(problem(await makeWith('media:read:own', 'media:read'))).toEqual([403, 'grant-exceeds-own'])
    expect(problem(await makeWith('*'))).toEqual([403, 'grant-exceeds-own'])
    expect((await makeWith('media:read:own', 'media:read:own', 'tags:read')).body.permissions).toEqual([
      'media:read:own',
      'tags:read',
    ])
  })

  it('then rights that were taken away meanwhile are none to make it with', async () => {
    const maker = await logInSomebody()
    await admin.send('put', `/users/${maker.id}/roles`, { roles: [] })

    expect(problem(await maker.send('post', '/api-keys', wish))).toEqual([401, 'token-stale'])
  })

  it('then somebody who is not there, by their token, gets none', async () => {
    const answer = await main.holding('media:read:own').send('post', '/api-keys', wish)

    expect(problem(answer)).toEqual([401, 'token-stale'])
  })

  it('then an Idempotency-Key makes it once, and does not show it again', async () => {
    const maker = await logInSomebody()
    const once = { 'Idempotency-Key': `backup-${maker.id}` }
    const { body: made } = await maker.send('post', '/api-keys', wish, once)

    const again = await maker.send('post', '/api-keys', wish, once)
    const other = await maker.send('post', '/api-keys', { ...wish, name: 'Other' }, once)

    expect(problem(again)).toEqual([409, 'answer-not-repeatable'])
    expect(problem(other)).toEqual([422, 'idempotency-key-reused'])
    expect((await maker.get('/api-keys')).body.data).toHaveLength(1)
    const kept = await main.context.maindb.rows('SELECT * FROM idempotency_key WHERE caller = :id', { id: maker.id })
    expect(kept).toMatchObject([{ status: 201, body: null }])
    expect(JSON.stringify(kept)).not.toContain(made.key)
  })

  it('then it is one of fifty at the most, also when many are made at once', async () => {
    const maker = await logInSomebody()
    await Promise.all(Array.from({ length: 48 }, () => makeKey(maker)))

    const last = await Promise.all(Array.from({ length: 5 }, () => maker.send('post', '/api-keys', wish)))

    expect(last.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409])
    expect(last.find(({ status }) => status === 409)?.body.code).toBe('too-many-keys')
    const { body } = await maker.get('/api-keys?limit=1')
    await maker.send('delete', `/api-keys/${body.data[0].id}`)
    await makeKey(maker)
  })
})

describe('When keys are listed', () => {
  it('then page by page, the newest first or by name', async () => {
    const maker = await logInSomebody()
    for (const name of ['b', 'c', 'a']) await makeKey(maker, { name })
    const names = async (query: string) =>
      (await maker.get(`/api-keys?${query}`)).body.data.map(({ name }: { name: string }) => name)

    expect(await names('')).toEqual(['a', 'c', 'b'])
    expect(await names('sort=name')).toEqual(['a', 'b', 'c'])
    const { body } = await maker.get('/api-keys?sort=name&limit=2')
    expect(await names(`sort=name&limit=2&after=${body.page.next}`)).toEqual(['c'])
  })

  it('then without a token there is nothing to see', async () => {
    expect(problem(await main.nobody.get('/api-keys'))).toEqual([401, 'token-missing'])
  })
})

describe('When a key is revoked', () => {
  it('then by its maker alone, once', async () => {
    const maker = await logInSomebody()
    const { id, key } = await makeKey(maker)
    const other = await logInSomebody()

    for (const stranger of [other, admin]) {
      expect((await stranger.get(`/api-keys/${id}`)).status).toBe(404)
      expect((await stranger.send('delete', `/api-keys/${id}`)).status).toBe(404)
    }
    expect((await identify(key)).status).toBe(200)
    expect((await maker.send('delete', `/api-keys/${id}`)).status).toBe(204)
    expect((await maker.send('delete', `/api-keys/${id}`)).status).toBe(404)
    expect((await maker.get('/api-keys')).body.data).toEqual([])
    expect((await maker.send('delete', '/api-keys/none')).status).toBe(404)
  })

  it('then If-Match holds it to what was read', async () => {
    const maker = await logInSomebody()
    const { id } = await makeKey(maker)
    const { headers } = await maker.get(`/api-keys/${id}`)

    const wrong = await maker.send('delete', `/api-keys/${id}`, undefined, { 'If-Match': '"another"' })
    const right = await maker.send('delete', `/api-keys/${id}`, undefined, { 'If-Match': headers['etag'] as string })

    expect([wrong.status, right.status]).toEqual([412, 204])
  })
})

describe('When the caller is a key itself', () => {
  it('then it neither makes, nor sees, nor revokes any', async () => {
    const maker = await logInSomebody()
    const { id } = await makeKey(maker)
    const byKey = main.as(maker.id, { sid: undefined, key: id, permissions: ['*'] })

    expect(problem(await byKey.send('post', '/api-keys', wish))).toEqual([403, 'session-required'])
    expect(problem(await byKey.get('/api-keys'))).toEqual([403, 'session-required'])
    expect(problem(await byKey.get(`/api-keys/${id}`))).toEqual([403, 'session-required'])
    expect(problem(await byKey.send('delete', `/api-keys/${id}`))).toEqual([403, 'session-required'])
    expect((await maker.get('/api-keys')).body.data).toHaveLength(1)
  })

  it('then the audit trail names the key for what it does', async () => {
    const { id } = await makeKey(admin, { permissions: ['permissions:write'] })
    const byKey = main.as(admin.id, { sid: undefined, key: id, permissions: ['permissions:write'] })

    const { body } = await byKey.send('post', '/permissions', { name: `by:key${people}` })

    expect(await auditOf(body.id)).toMatchObject([{ action: 'permission.created', actor_id: id }])
  })
})

// The last: it is for everybody.
describe('When the feature `api-keys` is off', () => {
  it('then no more are made, and those that there are go on, to be seen and revoked', async () => {
    const maker = await logInSomebody()
    const { id, key } = await makeKey(maker)

    writeFileSync(flags, JSON.stringify({ 'api-keys': { defaultValue: false } }))

    await eventually(
      async () => expect(problem(await maker.send('post', '/api-keys', wish))).toEqual([403, 'feature-disabled']),
      { limitMs: 15_000 },
    )
    expect((await identify(key)).status).toBe(200)
    expect((await maker.get(`/api-keys/${id}`)).status).toBe(200)
    expect((await maker.send('delete', `/api-keys/${id}`)).status).toBe(204)
  })
})
