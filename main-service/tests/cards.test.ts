import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let reader: Client
let ada: { id: string }
let grace: { id: string }
let deleted: { id: string }

beforeAll(async () => {
  main = await startMain()
  reader = main.withPermissions()
  const admin = await main.logInAdministrator()
  ada = await main.register('Ada')
  grace = await main.register('Grace')
  deleted = await main.register('Deleted')
  expect((await admin.send('delete', `/users/${deleted.id}`)).status).toBe(204)
  await main.context.maindb.rows(`UPDATE media_presets SET names = '{thumb,small}'`)
  await main.context.maindb.rows(
    'UPDATE users SET avatar_media_id = :mediaId::uuid, avatar_version = 3 WHERE id = :id::uuid',
    { mediaId, id: ada.id },
  )
})
afterAll(() => main?.stop())

const mediaId = uuidv7()
const adasCard = () => ({
  id: ada.id,
  name: 'Ada',
  avatar: {
    mediaId,
    urls: {
      thumb: `/api/v1/media/${mediaId}/sizes/thumb?v=3`,
      small: `/api/v1/media/${mediaId}/sizes/small?v=3`,
    },
  },
})
const gracesCard = () => ({ id: grace.id, name: 'Grace', avatar: null })

describe('When a signed-in caller without any permission reads cards', () => {
  it('then a card has the name and the avatar of the user, and nothing else', async () => {
    const answer = await reader.get(`/users/${ada.id}/card`)

    expect([answer.status, answer.body]).toEqual([200, adasCard()])
    expect(answer.headers['etag']).toMatch(/^"/)
  })

  it('then an unknown and a deleted user are not found', async () => {
    for (const id of [uuidv7(), deleted.id, 'nobody']) {
      const answer = await reader.get(`/users/${id}/card`)
      expect([answer.status, answer.body.code]).toEqual([404, 'not-found'])
    }
  })

  it('then many cards have the order of the ids, without repetitions, and without unknown and deleted users', async () => {
    const data = [gracesCard(), adasCard()]
    const ids = [grace.id, uuidv7(), ada.id.toUpperCase(), deleted.id, grace.id]

    expect((await reader.get(`/users/cards?ids=${ids.join(',')}`)).body).toEqual({ data })
    expect((await reader.get(`/users/cards?${ids.map((id) => `ids=${id}`).join('&')}`)).body).toEqual({ data })
  })

  it('then at most 100 ids are accepted, and each must be an id', async () => {
    const many = (count: number) => Array.from({ length: count }, () => uuidv7()).join(',')
    expect((await reader.get(`/users/cards?ids=${many(100)}`)).body).toEqual({ data: [] })

    for (const query of [`?ids=${many(101)}`, '?ids=one', '?ids=', '']) {
      const answer = await reader.get(`/users/cards${query}`)
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request'])
      expect(answer.body.errors[0].path).toMatch(/^query\.ids/)
    }
  })

  it('then me stands for the caller', async () => {
    const own = main.as(grace.id, { permissions: [] })

    expect((await own.get('/users/me/card')).body).toEqual(gracesCard())
  })
})

it('When nobody is signed in, then cards are not readable', async () => {
  expect((await main.nobody.get(`/users/${ada.id}/card`)).status).toBe(401)
  expect((await main.nobody.get(`/users/cards?ids=${ada.id}`)).status).toBe(401)
})

it('When the operator has closed the cards, then the feature is disabled', async () => {
  const closed = await startMain({ USER_CARDS: 'off' })
  const { id } = await closed.register('Ada')

  for (const path of [`/users/${id}/card`, `/users/cards?ids=${id}`]) {
    const answer = await closed.withPermissions('users:read').get(path)
    expect([answer.status, answer.body.code]).toEqual([403, 'feature-disabled'])
  }
  await closed.stop()
})
