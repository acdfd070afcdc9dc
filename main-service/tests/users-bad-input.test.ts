import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Response } from 'supertest'

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

const refusal = ({ status, body }: Response) => [status, body.code, body.errors?.[0].path]

/** Parses JSON, because an object literal would take `__proto__` as its prototype. */
const json = (text: string) => JSON.parse(text) as object

const faults: [string, object, string][] = [
  ['an unknown field', { nickname: 'A' }, 'body.nickname'],
  ['roles in a profile update', { roles: ['admin'] }, 'body.roles'],
  ['role ids in a profile update', { roleIds: ['0190a0a0-0000-7000-8000-000000000000'] }, 'body.roleIds'],
  ['an id', { id: '0190a0a0-0000-7000-8000-000000000000' }, 'body.id'],
  ['a number for a name', { name: 7 }, 'body.name'],
  ['a list for a name', { name: ['A'] }, 'body.name'],
  ['null for a name', { name: null }, 'body.name'],
  ['a name with NUL', { name: 'A\0B' }, 'body.name'],
  ['a name with an unpaired surrogate', { name: 'A\uD800' }, 'body.name'],
  ['a name with a direction character', { name: 'annotated \u202Egpj.exe' }, 'body.name'],
  ['an invisible name', { name: '\u200B\u2060' }, 'body.name'],
  ['a name of 1 MB', { name: 'x'.repeat(1_000_000) }, 'body.name'],
  ['an invalid language tag', { locale: 'not a language' }, 'body.locale'],
  ['__proto__', json('{"__proto__":{"status":"active"}}'), 'body.__proto__'],
  ['constructor', json('{"constructor":{"prototype":{"isAdmin":true}}}'), 'body.constructor'],
  ['__proto__ in a profile', json('{"profile":{"__proto__":"x"}}'), 'body.profile.__proto__'],
  ['constructor in a profile', json('{"profile":{"constructor":"x"}}'), 'body.profile.constructor'],
]

describe.each([
  ['/users/me', () => me],
  ['/users/:id', () => admin],
])('When the body of PATCH %s has', (path, client) => {
  const change = (body: object) => client().send('patch', path.replace(':id', me.id), body)

  it.each(faults)('%s, then the answer is 422 with the path, and nothing changes', async (_what, body, place) => {
    const before = await me.get('/users/me')

    // Together with a valid change.
    expect(refusal(await change({ ...json('{"name":"Changed"}'), ...copy(body) }))).toEqual([
      422,
      'invalid-request',
      place,
    ])
    expect((await me.get('/users/me')).headers['etag']).toBe(before.headers['etag'])
  })

  it.each([
    ["Robert'); DROP TABLE users;--"],
    ['"><script>alert(1)</script>'],
    ['שלום עולם'],
    ['👩‍👩‍👧‍👦 Ünïcødé'],
    [':name $1 ? %s ${x} \\'],
  ])('the name %j, then it is stored unchanged', async (name) => {
    expect((await change({ name })).status).toBe(200)
    expect((await me.get('/users/me')).body.name).toBe(name)
  })

  it('no fields, then nothing changes', async () => {
    const before = await me.get('/users/me')

    expect((await change({})).status).toBe(200)
    expect((await me.get('/users/me')).headers['etag']).toBe(before.headers['etag'])
  })
})

/** A copy that keeps an own property `__proto__`. Spreading the copy keeps it too. */
const copy = (body: object) => JSON.parse(JSON.stringify(body)) as object

describe('When a body is invalid JSON or no object', () => {
  it.each([
    ['invalid JSON', '{"name": ', 400, 'invalid-json'],
    ['a list', '[]', 422, 'invalid-request'],
    ['a string', '"name"', 422, 'invalid-request'],
    ['null', 'null', 422, 'invalid-request'],
    ['half a million brackets', '['.repeat(400_000) + ']'.repeat(400_000), 422, 'invalid-request'],
    ['more than 1 MiB', `{"name":"${'x'.repeat(1_100_000)}"}`, 413, 'body-too-large'],
  ])('such as %s, then it is rejected with the right status and code', async (_what, text, status, code) => {
    const answer = await me.sendText('patch', '/users/me', text)

    expect([answer.status, answer.body.code]).toEqual([status, code])
  })
})

describe('When the body of PATCH /users/:id has', () => {
  it.each([
    ['the status deleted', { status: 'deleted' }, 'body.status'],
    ['the status unverified', { status: 'unverified' }, 'body.status'],
    ['an invalid address', { email: 'nobody' }, 'body.email'],
    ['an address with NUL', { email: 'a\0@example.com' }, 'body.email'],
    ['a password', { password: 'a long enough password' }, 'body.password'],
  ])('%s, then the answer is 422 with the path', async (_what, body, place) => {
    expect(refusal(await admin.send('patch', `/users/${me.id}`, body))).toEqual([422, 'invalid-request', place])
  })
})

describe('When an address is taken in another spelling', () => {
  it.each([
    ['ada@münchen.example', 'ADA@MÜNCHEN.example'],
    ['bea@münchen.example', 'bea@mu\u0308nchen.example'],
    ['cee@münchen.example', 'cee@xn--mnchen-3ya.example'],
    ['dée@example.com', 'de\u0301e@example.com'],
    ['eve@example.com', 'ｅｖｅ@ｅｘａｍｐｌｅ.com'],
    ['σοφος@example.com', 'ΣΟΦΟΣ@EXAMPLE.COM'],
  ])('(%j and %j), then creating and changing a user with it is 409', async (first, second) => {
    const made = await admin.send('post', '/users', { email: first, name: 'First' })
    expect(made.status).toBe(201)

    expect(refusal(await admin.send('post', '/users', { email: second, name: 'Second' })).slice(0, 2)).toEqual([
      409,
      'email-taken',
    ])
    expect(refusal(await admin.send('patch', `/users/${me.id}`, { email: second })).slice(0, 2)).toEqual([
      409,
      'email-taken',
    ])
    const found = await admin.get(`/users?q=${encodeURIComponent(second)}`)
    expect(found.body.data.map(({ email }: { email: string }) => email)).toEqual([first])
  })
})

describe('When a list is requested with', () => {
  it.each([
    ['limit=1000000000', 'query.limit'],
    ['limit=-1', 'query.limit'],
    ['limit=0', 'query.limit'],
    ['limit=1.5', 'query.limit'],
    ['limit=', 'query.limit'],
    ['limit=ten', 'query.limit'],
    ['limit=1&limit=2', 'query.limit'],
    ['sort=password_hash', 'query.sort'],
    ['sort=__proto__', 'query.sort'],
    ['sort=constructor', 'query.sort'],
    ['sort=name%3BDROP TABLE users', 'query.sort'],
    ['sort=', 'query.sort'],
    ['sort=name,-name', 'query.sort'],
    ['after=nonsense', 'query.after'],
    ['after=', 'query.after'],
    [`after=${cursor(['-createdAt', '2026-01-01'])}`, 'query.after'],
    [`after=${cursor(['name', 'a', 'b'])}`, 'query.after'],
    [`after=${cursor(['-createdAt', 'no time', '0190a0a0-0000-7000-8000-000000000000'])}`, 'request'],
    [`after=${cursor(['-createdAt', '2026-01-01', "' OR true --"])}`, 'request'],
    [`after=${cursor(['-createdAt', '2026-01-01 No/Where', '0190a0a0-0000-7000-8000-000000000000'])}`, 'request'],
    [`after=${cursor(['-createdAt', '2026-01-01 00:00+99', '0190a0a0-0000-7000-8000-000000000000'])}`, 'request'],
    ['status=gone', 'query.status'],
    ['status=active&status=deleted', 'query.status'],
    ['q=%00', 'query.q'],
    [`q=${'x'.repeat(201)}`, 'query.q'],
    ['count=maybe', 'query.count'],
  ])('%s, then the answer is 422 with the path', async (query, place) => {
    expect(refusal(await admin.get(`/users?${query}`))).toEqual([422, 'invalid-request', place])
  })

  it.each(["q=' OR 1=1 --", 'q=%25%25', 'q=_', 'q=\\\\', 'role=%27', `q=${encodeURIComponent('👾')}`])(
    '%s, then it is treated as text, and no user matches',
    async (query) => {
      const answer = await admin.get(`/users?${query}`)

      expect([answer.status, answer.body.data]).toEqual([200, []])
    },
  )
})

function cursor(parts: string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

it.each(['1', 'me%00', '../users', "' OR 1=1", '0190a0a0-0000-7000-8000-00000000000g'])(
  'When the id is %j, then the answer is 404',
  async (id) => {
    expect((await admin.get(`/users/${encodeURIComponent(id)}`)).status).toBe(404)
  },
)
