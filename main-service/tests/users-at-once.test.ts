import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { lockRights } from '../src/permissions/rights-rows.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

let contended = 0

/** Registers a user and reads its ETag. */
async function registerAndRead() {
  const { id, email } = await main.register(`Contended ${++contended}`)
  const { headers } = await admin.get(`/users/${id}`)
  return { id, email, read: { 'If-Match': headers['etag'] as string } }
}

const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).toSorted()

describe('When concurrent requests have the same ETag', () => {
  it('and two change the name, then one succeeds, and the other gets 412', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, read } = await registerAndRead()

      const answers = await Promise.all(
        ['First', 'Second'].map((name) => admin.send('patch', `/users/${id}`, { name }, read)),
      )

      expect(statuses(answers)).toEqual([200, 412])
      const winner = answers.find(({ status }) => status === 200)
      expect((await admin.get(`/users/${id}`)).body).toEqual(winner?.body)
    }
  })

  it('and twelve change the name, then one succeeds', async () => {
    const { id, read } = await registerAndRead()

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => admin.send('patch', `/users/${id}`, { name: `Writer ${index}` }, read)),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11)
  })

  it('and one sets the roles and one deletes the user, then one succeeds', async () => {
    const { id, read } = await registerAndRead()

    const answers = await Promise.all([
      admin.send('put', `/users/${id}/roles`, { roles: ['editor'] }, read),
      admin.send('delete', `/users/${id}`, undefined, read),
    ])

    // After the deletion, the other request gets 404 and not 412.
    expect([
      [200, 412],
      [204, 404],
    ]).toContainEqual(answers[0]?.status === 200 ? [200, answers[1]?.status] : [answers[1]?.status, answers[0]?.status])
  })

  it('and one removes the avatar and one changes the name, then one succeeds', async () => {
    const { id, read } = await registerAndRead()
    const { rows } = main.context.maindb
    await rows(`UPDATE users SET avatar_media_id = id WHERE id = :id`, { id })
    const { headers } = await admin.get(`/users/${id}`)
    const readWithAvatar = { 'If-Match': headers['etag'] as string }

    expect((await admin.send('delete', `/users/${id}/avatar`, undefined, read)).status).toBe(412)
    const answers = await Promise.all([
      admin.send('delete', `/users/${id}/avatar`, undefined, readWithAvatar),
      admin.send('patch', `/users/${id}`, { name: 'Other' }, readWithAvatar),
    ])

    expect(answers.filter(({ status }) => status === 412)).toHaveLength(1)
  })
})

it('When rights are being changed, then changes of a user’s own profile do not wait', async () => {
  const { id } = await main.register('Wordy')
  const somebody = await main.logIn(id)
  await main.context.maindb.transaction(async (sql) => {
    await lockRights(sql)

    const asMe = await somebody.send('patch', '/users/me', { name: 'Wordier' })
    const byId = await somebody.send('patch', `/users/${id}`, { profile: { pronouns: 'they' } })
    const avatar = await somebody.send('delete', `/users/${id}/avatar`)

    expect([asMe, byId, avatar].map(({ status }) => status)).toEqual([200, 200, 204])
  })
  expect((await somebody.get('/users/me')).body).toMatchObject({ name: 'Wordier', profile: { pronouns: 'they' } })
})

it('When two users with two spellings of one address are created at once, then one succeeds, and the other gets 409', async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      [`twin${round}@münchen.example`, `TWIN${round}@xn--mnchen-3ya.example`].map((email) =>
        admin.send('post', '/users', { email, name: 'Twin' }),
      ),
    )

    expect(statuses(answers)).toEqual([201, 409])
  }
})

it('When two requests restore a user at once, then both succeed, and the audit trail has one entry', async () => {
  const { id } = await registerAndRead()
  await admin.send('delete', `/users/${id}`)

  const answers = await Promise.all([
    admin.send('post', `/users/${id}/restore`),
    admin.send('post', `/users/${id}/restore`),
  ])

  expect(statuses(answers)).toEqual([200, 200])
  const entries = await main.context.maindb.rows(
    `SELECT 1 FROM audit WHERE target_id = :id AND action = 'user.restored'`,
    {
      id,
    },
  )
  expect(entries).toHaveLength(1)
})
