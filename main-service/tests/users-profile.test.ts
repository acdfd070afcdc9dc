import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client
let me: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
  me = await main.logIn((await main.register('Ada')).id)
})
afterAll(() => main?.stop())

const fields = (count: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`field-${index}`, value]))

describe('profiles', () => {
  it('When a profile is changed, then it is replaced as a whole, and everyone who can read the user sees it', async () => {
    const profile = { pronouns: 'she/her', favouriteNumber: 42.5, hidden: false, 'birth-place': null }

    const written = await me.send('patch', '/users/me', { profile })

    expect(written.status).toBe(200)
    expect(written.body.profile).toEqual(profile)
    expect((await admin.get(`/users/${me.id}`)).body.profile).toEqual(profile)
    const replaced = await admin.send('patch', `/users/${me.id}`, { profile: { city: 'Zürich' } })
    expect(replaced.body.profile).toEqual({ city: 'Zürich' })
    expect((await me.send('patch', '/users/me', { name: 'Ada L.' })).body.profile).toEqual({ city: 'Zürich' })
    expect((await me.send('patch', '/users/me', { profile: {} })).body.profile).toEqual({})
  })

  it('When the ETag of a change is sent as If-Match, then it is accepted', async () => {
    const written = await me.send('patch', '/users/me', { profile: { zz: 1, a: 2, b: 'x' } })

    const again = await me.send('patch', '/users/me', { name: 'Ada' }, { 'If-Match': written.headers['etag'] })

    expect(again.status).toBe(200)
  })

  it('When it has the maximum size, then it is accepted', async () => {
    expect((await me.send('patch', '/users/me', { profile: fields(50) })).status).toBe(200)
    expect((await me.send('patch', '/users/me', { profile: fields(4, 'x'.repeat(4_000)) })).status).toBe(200)
  })

  it.each([
    ['more than 50 fields', fields(51), 'body.profile'],
    ['more than 16 KiB', fields(5, 'x'.repeat(4_000)), 'body.profile'],
    ['more than 16 KiB of characters of three bytes', fields(2, '字'.repeat(3_000)), 'body.profile'],
    ['a long text', { text: 'x'.repeat(4_001) }, 'body.profile.text'],
    ['NUL', { text: 'a\0b' }, 'body.profile.text'],
    ['a list', { list: [1] }, 'body.profile.list'],
    ['an object', { inner: { a: 1 } }, 'body.profile.inner'],
    ['a key with a space', { 'a b': 1 }, 'body.profile.a b'],
    ['a key that begins with a digit', { '1a': 1 }, 'body.profile.1a'],
    ['an empty key', { '': 1 }, 'body.profile.'],
    ['a key of 65 letters', { ['k'.repeat(65)]: 1 }, `body.profile.${'k'.repeat(65)}`],
    ['a list in the place of an object', ['a'], 'body.profile'],
    ['null', null, 'body.profile'],
  ])('When it has %s, then the answer is 422 with the path, and nothing changes', async (_what, profile, place) => {
    await me.send('patch', '/users/me', { profile: { here: true } })

    const answer = await me.send('patch', '/users/me', { profile })

    expect([answer.status, answer.body.errors]).toEqual([422, [{ path: place, message: expect.any(String) }]])
    expect((await me.get('/users/me')).body.profile).toEqual({ here: true })
  })

  it('When a number is too large for JSON, then it is rejected', async () => {
    expect((await me.sendText('patch', '/users/me', '{"profile":{"n":1e999}}')).status).toBe(422)
  })
})
