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

async function registerAndLogIn(): Promise<Client> {
  const { id } = await main.register(`Creator ${++people}`)
  return main.logIn(id)
}

const wish = { name: 'Backup', permissions: ['media:read:own'] }
const createKey = async (creator: Client, more: object = {}) => {
  const answer = await creator.send('post', '/api-keys', { ...wish, ...more })
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

describe('When a user creates an API key', () => {
  it('then the key is returned once, stored as a hash, and listed with its hint', async () => {
    const creator = await registerAndLogIn()
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()

    const made = await creator.send('post', '/api-keys', { ...wish, name: '  Nightly backup ', expiresAt })

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
    expect((await creator.get('/api-keys?count=true')).body).toEqual({
      data: [shown],
      page: { limit: 50, next: null, total: 1 },
    })
    expect((await creator.get(`/api-keys/${shown.id}`)).body).toEqual(shown)
    const [row] = await main.context.maindb.rows<object>('SELECT * FROM api_key WHERE id = :id', { id: shown.id })
    expect(row).toMatchObject({ key_hash: hashOf(key) })
    expect(JSON.stringify(row)).not.toContain(key)
  })

  it('then the audit trail records its creation and its revocation, without the key', async () => {
    const creator = await registerAndLogIn()
    const { key, ...shown } = await createKey(creator)
    await creator.send('delete', `/api-keys/${shown.id}`)

    const trail = await auditOf(shown.id)

    expect(trail).toEqual([
      { action: 'api-key.created', actor_id: creator.id, before: null, after: shown },
      { action: 'api-key.revoked', actor_id: creator.id, before: shown, after: null },
    ])
    expect(JSON.stringify(trail)).not.toContain(key)
  })

  it.each([
    ['no name', { name: undefined }, 'body.name'],
    ['a blank name', { name: ' ' }, 'body.name'],
    ['no permissions', { permissions: undefined }, 'body.permissions'],
    ['an empty list of permissions', { permissions: [] }, 'body.permissions'],
    [
      'more than a hundred permissions',
      { permissions: Array.from({ length: 101 }, (_, n) => `media:a${n}`) },
      'body.permissions',
    ],
    ['an invalid permission', { permissions: ['media:read', 'fly'] }, 'body.permissions.1'],
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
    ['an invalid time', { expiresAt: 'tomorrow' }, 'body.expiresAt'],
    ['an unknown field', { key: 'key_mine' }, 'body.key'],
  ])('then %s is rejected with its path', async (_what, change, path) => {
    const creator = await registerAndLogIn()

    const answer = await creator.send('post', '/api-keys', { ...wish, ...change })

    expect(problem(answer)).toEqual([422, 'invalid-request'])
    expect(answer.body.errors).toEqual([{ path, message: expect.any(String) }])
    expect((await creator.get('/api-keys')).body.data).toEqual([])
  })

  it('then the key can only have permissions that the user has', async () => {
    const creator = await registerAndLogIn()
    const makeWith = (...permissions: string[]) => creator.send('post', '/api-keys', { ...wish, permissions })

    expect(problem(await makeWith('media:read:own', 'media:read'))).toEqual([403, 'grant-exceeds-own'])
    expect(problem(await makeWith('*'))).toEqual([403, 'grant-exceeds-own'])
    expect((await makeWith('media:read:own', 'media:read:own', 'tags:read')).body.permissions).toEqual([
      'media:read:own',
      'tags:read',
    ])
  })

  it('then a token from before a revocation of rights is rejected', async () => {
    const creator = await registerAndLogIn()
    await admin.send('put', `/users/${creator.id}/roles`, { roles: [] })

    expect(problem(await creator.send('post', '/api-keys', wish))).toEqual([401, 'token-stale'])
  })

  it('then the token of a user who does not exist is rejected', async () => {
    const answer = await main.withPermissions('media:read:own').send('post', '/api-keys', wish)

    expect(problem(answer)).toEqual([401, 'token-stale'])
  })

  it('then a repetition with the same Idempotency-Key creates no second key, and does not return the first again', async () => {
    const creator = await registerAndLogIn()
    const once = { 'Idempotency-Key': `backup-${creator.id}` }
    const { body: made } = await creator.send('post', '/api-keys', wish, once)

    const again = await creator.send('post', '/api-keys', wish, once)
    const other = await creator.send('post', '/api-keys', { ...wish, name: 'Other' }, once)

    expect(problem(again)).toEqual([409, 'answer-not-repeatable'])
    expect(problem(other)).toEqual([422, 'idempotency-key-reused'])
    expect((await creator.get('/api-keys')).body.data).toHaveLength(1)
    const kept = await main.context.maindb.rows('SELECT * FROM idempotency_key WHERE caller = :id', { id: creator.id })
    expect(kept).toMatchObject([{ status: 201, body: null }])
    expect(JSON.stringify(kept)).not.toContain(made.key)
  })

  it('then the user has at most fifty keys, even with concurrent requests', async () => {
    const creator = await registerAndLogIn()
    await Promise.all(Array.from({ length: 48 }, () => createKey(creator)))

    const last = await Promise.all(Array.from({ length: 5 }, () => creator.send('post', '/api-keys', wish)))

    expect(last.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409])
    expect(last.find(({ status }) => status === 409)?.body.code).toBe('too-many-keys')
    const { body } = await creator.get('/api-keys?limit=1')
    await creator.send('delete', `/api-keys/${body.data[0].id}`)
    await createKey(creator)
  })
})

describe('When keys are listed', () => {
  it('then they are paged, the newest first or by name', async () => {
    const creator = await registerAndLogIn()
    for (const name of ['b', 'c', 'a']) await createKey(creator, { name })
    const names = async (query: string) =>
      (await creator.get(`/api-keys?${query}`)).body.data.map(({ name }: { name: string }) => name)

    expect(await names('')).toEqual(['a', 'c', 'b'])
    expect(await names('sort=name')).toEqual(['a', 'b', 'c'])
    const { body } = await creator.get('/api-keys?sort=name&limit=2')
    expect(await names(`sort=name&limit=2&after=${body.page.next}`)).toEqual(['c'])
  })

  it('then a token is required', async () => {
    expect(problem(await main.nobody.get('/api-keys'))).toEqual([401, 'token-missing'])
  })
})

describe('When a key is revoked', () => {
  it('then only its creator can revoke it, and only once', async () => {
    const creator = await registerAndLogIn()
    const { id, key } = await createKey(creator)
    const other = await registerAndLogIn()

    for (const stranger of [other, admin]) {
      expect((await stranger.get(`/api-keys/${id}`)).status).toBe(404)
      expect((await stranger.send('delete', `/api-keys/${id}`)).status).toBe(404)
    }
    expect((await identify(key)).status).toBe(200)
    expect((await creator.send('delete', `/api-keys/${id}`)).status).toBe(204)
    expect((await creator.send('delete', `/api-keys/${id}`)).status).toBe(404)
    expect((await creator.get('/api-keys')).body.data).toEqual([])
    expect((await creator.send('delete', '/api-keys/none')).status).toBe(404)
  })

  it('then If-Match must match the version that was read', async () => {
    const creator = await registerAndLogIn()
    const { id } = await createKey(creator)
    const { headers } = await creator.get(`/api-keys/${id}`)

    const wrong = await creator.send('delete', `/api-keys/${id}`, undefined, { 'If-Match': '"another"' })
    const right = await creator.send('delete', `/api-keys/${id}`, undefined, { 'If-Match': headers['etag'] as string })

    expect([wrong.status, right.status]).toEqual([412, 204])
  })
})

describe('When the caller is an API key', () => {
  it('then it can neither create nor read nor revoke keys', async () => {
    const creator = await registerAndLogIn()
    const { id } = await createKey(creator)
    const byKey = main.as(creator.id, { sid: undefined, key: id, permissions: ['*'] })

    expect(problem(await byKey.send('post', '/api-keys', wish))).toEqual([403, 'session-required'])
    expect(problem(await byKey.get('/api-keys'))).toEqual([403, 'session-required'])
    expect(problem(await byKey.get(`/api-keys/${id}`))).toEqual([403, 'session-required'])
    expect(problem(await byKey.send('delete', `/api-keys/${id}`))).toEqual([403, 'session-required'])
    expect((await creator.get('/api-keys')).body.data).toHaveLength(1)
  })

  it('then the key is the actor in the audit trail', async () => {
    const { id } = await createKey(admin, { permissions: ['permissions:write'] })
    const byKey = main.as(admin.id, { sid: undefined, key: id, permissions: ['permissions:write'] })

    const { body } = await byKey.send('post', '/permissions', { name: `by:key${people}` })

    expect(await auditOf(body.id)).toMatchObject([{ action: 'permission.created', actor_id: id }])
  })
})

// The last test, because the feature is off for all users.
describe('When the feature `api-keys` is off', () => {
  it('then no key can be created, and existing keys can be used, read and revoked', async () => {
    const creator = await registerAndLogIn()
    const { id, key } = await createKey(creator)

    writeFileSync(flags, JSON.stringify({ 'api-keys': { defaultValue: false } }))

    await eventually(
      async () => expect(problem(await creator.send('post', '/api-keys', wish))).toEqual([403, 'feature-disabled']),
      { limitMs: 60_000 },
    )
    expect((await identify(key)).status).toBe(200)
    expect((await creator.get(`/api-keys/${id}`)).status).toBe(200)
    expect((await creator.send('delete', `/api-keys/${id}`)).status).toBe(204)
  })
})
