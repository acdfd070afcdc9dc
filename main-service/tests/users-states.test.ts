import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { startMain, tokenHash, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

const openSession = async (userId: string) => {
  const answer = await main.auth.send('post', '/sessions', { id: uuidv7(), userId, refreshTokenHash: tokenHash() })
  return answer.status === 201 ? 'opened' : [answer.status, answer.body.code]
}
const listed = async (query: string) =>
  (await admin.get(`/users?limit=200&${query}`)).body.data.map(({ id }: { id: string }) => id)

/** A user whose address is not verified yet. */
async function makeUnverified(name: string): Promise<string> {
  const { id } = await main.register(name)
  await main.context.maindb.rows(`UPDATE users SET status = 'unverified' WHERE id = :id`, { id })
  return id
}

describe('an unverified user', () => {
  it('When a session is opened, then it is rejected with its own code', async () => {
    const id = await makeUnverified('Una')

    expect(await openSession(id)).toEqual([403, 'account-unverified'])
    expect(await listed('status=unverified')).toEqual([id])
  })

  it('When an administrator sets the status active, then the user can sign in', async () => {
    const id = await makeUnverified('Una Two')

    const changed = await admin.send('patch', `/users/${id}`, { status: 'active' })

    expect(changed.body).toMatchObject({ status: 'active', emailVerifiedAt: null })
    expect(await openSession(id)).toBe('opened')
  })
})

it('When a change sets the current values, then tokens stay valid, and the audit trail has no entry', async () => {
  const { id } = await main.register('Steady')
  const epoch = () => main.context.maindb.row('SELECT epoch FROM users WHERE id = :id', { id })
  const before = await epoch()

  const answer = await admin.send('patch', `/users/${id}`, { name: 'Steady', status: 'active' })

  expect([answer.status, answer.body.status]).toEqual([200, 'active'])
  expect(await epoch()).toEqual(before)
  expect(
    await main.context.maindb.rows(`SELECT 1 FROM audit WHERE target_id = :id AND action = 'user.updated'`, { id }),
  ).toEqual([])
})

it('When a user is invited, then no session can be opened, and the status cannot become active without a password', async () => {
  const { body } = await admin.send('post', '/users', { email: 'ina@example.com', name: 'Ina' })

  expect(await openSession(body.id)).toEqual([403, 'account-suspended'])
  expect((await admin.send('patch', `/users/${body.id}`, { status: 'active' })).body.status).toBe('invited')
})

describe('a deleted user', () => {
  it.each(['active', 'suspended', 'unverified', 'invited'])(
    'When the status was %s, then the user is listed only as deleted, and has this status again when restored',
    async (status) => {
      const { id } = await main.register(`Deleted ${status}`)
      await main.context.maindb.rows('UPDATE users SET status = :status WHERE id = :id', { id, status })
      const before = (await admin.get(`/users/${id}`)).body

      await admin.send('delete', `/users/${id}`)

      expect(await listed('')).not.toContain(id)
      expect(await listed(`status=${status}`)).not.toContain(id)
      expect((await admin.get(`/users/${id}`)).status).toBe(404)
      const [deleted] = (await admin.get(`/users?status=deleted&q=deleted.${status}&sort=name`)).body.data
      expect(deleted).toEqual({ ...before, status: 'deleted', updatedAt: expect.any(String) })
      const restored = await admin.send('post', `/users/${id}/restore`)
      expect(restored.body).toEqual({ ...before, updatedAt: expect.any(String) })
      expect(await listed('status=deleted')).not.toContain(id)
    },
  )

  it('When many users are deleted, then the pages contain each of them once, in every sort order', async () => {
    const ids: string[] = []
    for (let index = 0; index < 5; index++) {
      const { id } = await main.register(`Gone ${index}`)
      await admin.send('delete', `/users/${id}`)
      ids.push(id)
    }
    for (const sort of ['name', '-name', 'email', 'createdAt', '-updatedAt', '-createdAt,name']) {
      const seen: string[] = []
      let path: string | undefined = `/users?status=deleted&q=gone&limit=2&count=true&sort=${sort}`
      while (path) {
        const { body, headers } = await admin.get(path)
        expect(body.page.total).toBe(5)
        seen.push(...body.data.map(({ id }: { id: string }) => id))
        path = /<\/api\/v1(.+)>/.exec(headers['link'] ?? '')?.[1]
      }
      if (!sort.includes(',')) expect(seen).toEqual(sort.startsWith('-') ? ids.toReversed() : ids)
      expect(seen.toSorted()).toEqual(ids.toSorted())
    }
  })

  it('When the caller can only read their own user, then the list of deleted users is empty', async () => {
    const { id } = await main.register('Curious')
    const me = await main.logIn(id)

    expect((await me.get('/users?status=deleted')).body.data).toEqual([])
  })

  it('When a user who is not deleted is restored, then nothing changes, and the audit trail has no entry', async () => {
    const { id } = await main.register('There')
    const { body, headers } = await admin.get(`/users/${id}`)

    const answer = await admin.send('post', `/users/${id}/restore`)

    expect([answer.status, answer.body]).toEqual([200, body])
    expect(answer.headers['etag']).toBe(headers['etag'])
    const entries = await main.context.maindb.rows(
      `SELECT 1 FROM audit WHERE target_id = :id AND action = 'user.restored'`,
      {
        id,
      },
    )
    expect(entries).toEqual([])
  })

  it('When a user is deleted and restored, then only the last state is enqueued, with a higher revision', async () => {
    const { id } = await main.register('Owed')
    const enqueued = () =>
      main.context.maindb.rows<{ payload: { state: string; revision: number } }>(
        `SELECT payload FROM outbox WHERE kind = 'owner-state' AND subject = :id`,
        { id },
      )

    await admin.send('delete', `/users/${id}`)
    const [deleted] = await enqueued()
    await admin.send('post', `/users/${id}/restore`)
    const [restored, ...more] = await enqueued()

    expect(deleted?.payload).toEqual({ state: 'deleted', revision: expect.any(Number) })
    expect(restored?.payload.state).toBe('active')
    expect(restored?.payload.revision).toBeGreaterThan(deleted?.payload.revision ?? Infinity)
    expect(more).toEqual([])
  })

  it('When a deletion is rejected, then nothing is enqueued', async () => {
    const { id } = await main.register('Kept')

    expect((await admin.send('delete', `/users/${id}`, undefined, { 'If-Match': '"another"' })).status).toBe(412)
    expect(await main.context.maindb.rows('SELECT 1 FROM outbox WHERE subject = :id', { id })).toEqual([])
  })
})
