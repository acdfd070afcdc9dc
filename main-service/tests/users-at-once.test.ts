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

/** Somebody, and the version of them that has been read. */
async function readSomebody() {
  const { id, email } = await main.register(`Contended ${++contended}`)
  const { headers } = await admin.get(`/users/${id}`)
  return { id, email, read: { 'If-Match': headers['etag'] as string } }
}

const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).toSorted()

describe('When two change what both have read, at once', () => {
  it('their name, then one wins, the other hears 412, and the row is what the winner made it', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, read } = await readSomebody()

      const answers = await Promise.all(
        ['First', 'Second'].map((name) => admin.send('patch', `/users/${id}`, { name }, read)),
      )

      expect(statuses(answers)).toEqual([200, 412])
      const winner = answers.find(({ status }) => status === 200)
      expect((await admin.get(`/users/${id}`)).body).toEqual(winner?.body)
    }
  })

  it('with many more of them, then still one wins', async () => {
    const { id, read } = await readSomebody()

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => admin.send('patch', `/users/${id}`, { name: `Writer ${index}` }, read)),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11)
  })

  it('their roles and their deletion, then one of both is done', async () => {
    const { id, read } = await readSomebody()

    const answers = await Promise.all([
      admin.send('put', `/users/${id}/roles`, { roles: ['editor'] }, read),
      admin.send('delete', `/users/${id}`, undefined, read),
    ])

    // Who is deleted is not there to be found changed.
    expect([
      [200, 412],
      [204, 404],
    ]).toContainEqual(answers[0]?.status === 200 ? [200, answers[1]?.status] : [answers[1]?.status, answers[0]?.status])
  })

  it('the avatar away and the name, then one of both is done', async () => {
    const { id, read } = await readSomebody()
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

it('When rights are being changed, then whoever changes only their own words does not wait for it', async () => {
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

it('When two are made with one address in two forms at once, then one is, and the other hears that it is taken', async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      [`twin${round}@münchen.example`, `TWIN${round}@xn--mnchen-3ya.example`].map((email) =>
        admin.send('post', '/users', { email, name: 'Twin' }),
      ),
    )

    expect(statuses(answers)).toEqual([201, 409])
  }
})

it('When two restore a user at once, then both find them restored, once', async () => {
  const { id } = await readSomebody()
  await admin.send('delete', `/users/${id}`)

  const answers = await Promise.all([
    admin.send('post', `/users/${id}/restore`),
    admin.send('post', `/users/${id}/restore`),
  ])

  expect(statuses(answers)).toEqual([200, 200])
  const told = await main.context.maindb.rows(
    `SELECT 1 FROM audit WHERE target_id = :id AND action = 'user.restored'`,
    {
      id,
    },
  )
  expect(told).toHaveLength(1)
})
