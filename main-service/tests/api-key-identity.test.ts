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

async function logInSomebody(): Promise<Client> {
  const { id } = await main.register(`Maker ${++people}`)
  return main.logIn(id)
}

async function makeKey(maker: Client, more: object = {}) {
  const wish = { name: 'Backup', permissions: ['media:read:own'], ...more }
  const { status, body } = await maker.send('post', '/api-keys', wish)
  expect(status).toBe(201)
  return body
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
const identify = (key: string) => main.auth.send('post', '/api-keys/identity', { keyHash: hashOf(key) })
const problem = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]

describe('When auth-service asks who a key belongs to', () => {
  it('then it hears what the key may, and what its maker may at this moment', async () => {
    const maker = await logInSomebody()
    const { id, key } = await makeKey(maker)

    const before = await identify(key)
    const { lastUsedAt } = (await maker.get(`/api-keys/${id}`)).body
    await admin.send('put', `/users/${maker.id}/roles`, { roles: ['editor'] })
    const after = await identify(key)

    expect(before.body).toEqual({
      keyId: id,
      userId: maker.id,
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

  it('then a key that expires, or a role that does, says for how long', async () => {
    const maker = await logInSomebody()
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
    const { key } = await makeKey(maker, { expiresAt: inSeconds(600) })
    const secondsLeft = async () => (await identify(key)).body.secondsLeft

    const ofTheKey = await secondsLeft()
    expect(ofTheKey > 60 && ofTheKey <= 600).toBe(true)
    await admin.send('post', `/users/${maker.id}/roles/editor`, { expiresAt: inSeconds(60) })
    const ofTheRole = await secondsLeft()
    expect(ofTheRole > 0 && ofTheRole <= 60).toBe(true)
  })

  it('then a key that expires in the year 2099 is accepted like any other', async () => {
    const { key } = await makeKey(await logInSomebody(), { expiresAt: '2099-12-31T00:00:00Z' })
    const { status, body } = await identify(key)
    expect([status, body.secondsLeft > 2 ** 31]).toEqual([200, true])
  })

  it('then one that never was, was revoked or has expired is refused by its own code', async () => {
    const maker = await logInSomebody()
    const revoked = await makeKey(maker)
    await maker.send('delete', `/api-keys/${revoked.id}`)
    const expired = await makeKey(maker, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() })

    expect(problem(await identify('key_that_never_was'))).toEqual([401, 'key-invalid'])
    expect(problem(await identify(revoked.key))).toEqual([401, 'key-revoked'])
    await runStatement(main.databaseUrl, 'UPDATE api_key SET expires_at = now() WHERE id = $1', [expired.id])
    expect(problem(await identify(expired.key))).toEqual([401, 'key-expired'])
  })

  it('then one of a suspended maker opens nothing until they are back, one of a deleted maker never again', async () => {
    const maker = await logInSomebody()
    const { key } = await makeKey(maker)

    await admin.send('patch', `/users/${maker.id}`, { status: 'suspended' })
    expect(problem(await identify(key))).toEqual([401, 'key-maker-inactive'])
    // Without a password `active` is `invited`: nobody who could sign in.
    await main.context.maindb.rows("UPDATE users SET status = 'active' WHERE id = :id", { id: maker.id })
    expect((await identify(key)).status).toBe(200)

    await admin.send('delete', `/users/${maker.id}`)
    expect(problem(await identify(key))).toEqual([401, 'key-revoked'])
    await admin.send('post', `/users/${maker.id}/restore`)
    expect(problem(await identify(key))).toEqual([401, 'key-revoked'])
  })

  it('then nobody but a service may ask, and only by a hash', async () => {
    const { key } = await makeKey(await logInSomebody())
    const asAdmin = main.as(admin.id, { permissions: ['*'] }, '/internal')

    expect((await asAdmin.send('post', '/api-keys/identity', { keyHash: hashOf(key) })).status).toBe(401)
    expect((await main.auth.send('post', '/api-keys/identity', { keyHash: key })).status).toBe(422)
  })
})

describe('When keys are over', () => {
  it('then they are kept for 30 days, and no longer', async () => {
    const maker = await logInSomebody()
    const keys = [await makeKey(maker), await makeKey(maker), await makeKey(maker)]
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
