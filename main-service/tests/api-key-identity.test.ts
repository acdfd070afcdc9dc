import { createHash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runStatement } from '@likeness/test-kit'

import { deleteExpiredRows } from '../src/housekeeping/delete-expired-rows.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

let people = 0

async function registerAndLogIn(): Promise<Client> {
  const { id } = await main.register(`Creator ${++people}`)
  return main.logIn(id)
}

async function createKey(creator: Client, more: object = {}) {
  const wish = { name: 'Backup', permissions: ['media:read:own'], ...more }
  const { status, body } = await creator.send('post', '/api-keys', wish)
  expect(status).toBe(201)
  return body
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
const identify = (key: string) => main.auth.send('post', '/api-keys/identity', { keyHash: hashOf(key) })
const problem = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]

describe('When auth-service requests the identity of a key', () => {
  it('then the answer has the permissions of the key and the current claims of its creator', async () => {
    const creator = await registerAndLogIn()
    const { id, key } = await createKey(creator)

    const before = await identify(key)
    const { lastUsedAt } = (await creator.get(`/api-keys/${id}`)).body
    await admin.send('put', `/users/${creator.id}/roles`, { roles: ['editor'] })
    const after = await identify(key)

    expect(before.body).toEqual({
      keyId: id,
      userId: creator.id,
      scope: ['media:read:own'],
      claims: {
        roles: ['user'],
        permissions: expect.arrayContaining(['media:read:own', 'media:create']),
        email: expect.stringContaining('@example.com'),
        epoch: expect.any(Number),
        roleEpochs: expect.any(Object),
      },
      secondsLeft: null,
    })
    expect(after.body.claims).toMatchObject({ roles: ['editor'], epoch: before.body.claims.epoch + 1 })
    expect(Math.abs(Date.now() - Date.parse(lastUsedAt))).toBeLessThan(5_000)
  })

  it('then the answer has the seconds until the key or a role of its creator expires', async () => {
    const creator = await registerAndLogIn()
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
    const { key } = await createKey(creator, { expiresAt: inSeconds(600) })
    const secondsLeft = async () => (await identify(key)).body.secondsLeft

    const ofTheKey = await secondsLeft()
    expect(ofTheKey > 60 && ofTheKey <= 600).toBe(true)
    await admin.send('post', `/users/${creator.id}/roles/editor`, { expiresAt: inSeconds(60) })
    const ofTheRole = await secondsLeft()
    expect(ofTheRole > 0 && ofTheRole <= 60).toBe(true)
  })

  it('then a key that expires in the year 2099 is accepted like any other', async () => {
    const { key } = await createKey(await registerAndLogIn(), { expiresAt: '2099-12-31T00:00:00Z' })
    const { status, body } = await identify(key)
    expect([status, body.secondsLeft > 2 ** 31]).toEqual([200, true])
  })

  it('then an unknown, a revoked and an expired key are rejected, each with its own code', async () => {
    const creator = await registerAndLogIn()
    const revoked = await createKey(creator)
    await creator.send('delete', `/api-keys/${revoked.id}`)
    const expired = await createKey(creator, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() })

    expect(problem(await identify('key_that_never_was'))).toEqual([401, 'key-invalid'])
    expect(problem(await identify(revoked.key))).toEqual([401, 'key-revoked'])
    await runStatement(main.databaseUrl, 'UPDATE api_key SET expires_at = now() WHERE id = $1', [expired.id])
    expect(problem(await identify(expired.key))).toEqual([401, 'key-expired'])
  })

  it('then a key is rejected while its creator is suspended, and permanently after its creator was deleted', async () => {
    const creator = await registerAndLogIn()
    const { key } = await createKey(creator)

    await admin.send('patch', `/users/${creator.id}`, { status: 'suspended' })
    expect(problem(await identify(key))).toEqual([401, 'key-maker-inactive'])
    // By SQL, because the API makes a user without a password `invited`, who cannot sign in.
    await main.context.maindb.rows("UPDATE users SET status = 'active' WHERE id = :id", { id: creator.id })
    expect((await identify(key)).status).toBe(200)

    await admin.send('delete', `/users/${creator.id}`)
    expect(problem(await identify(key))).toEqual([401, 'key-revoked'])
    await admin.send('post', `/users/${creator.id}/restore`)
    expect(problem(await identify(key))).toEqual([401, 'key-revoked'])
  })

  it('then only a service is allowed to, and only with the hash of the key', async () => {
    const { key } = await createKey(await registerAndLogIn())
    const asAdmin = main.as(admin.id, { permissions: ['*'] }, '/internal')

    expect((await asAdmin.send('post', '/api-keys/identity', { keyHash: hashOf(key) })).status).toBe(401)
    expect((await main.auth.send('post', '/api-keys/identity', { keyHash: key })).status).toBe(422)
  })
})

describe('When keys were revoked or have expired', () => {
  it('then their rows are deleted after 30 days', async () => {
    const creator = await registerAndLogIn()
    const keys = [await createKey(creator), await createKey(creator), await createKey(creator)]
    const age = (id: string, column: string, days: number) =>
      main.context.maindb.rows(`UPDATE api_key SET ${column} = now() - :days * interval '1 day' WHERE id = :id`, {
        id,
        days,
      })
    await age(keys[0].id, 'revoked_at', 31)
    await age(keys[1].id, 'expires_at', 31)
    await age(keys[2].id, 'revoked_at', 29)

    expect((await deleteExpiredRows(main.context.maindb, 365)).apiKeys).toBe(2)
    expect(problem(await identify(keys[0].key))).toEqual([401, 'key-invalid'])
    expect(problem(await identify(keys[2].key))).toEqual([401, 'key-revoked'])
  })
})
