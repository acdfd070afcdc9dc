import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

import { startMain, type MainUnderTest } from './main-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'likeness-features-'))
const file = join(folder, 'features.json')
let main: MainUnderTest

const write = (features: object | string) =>
  writeFileSync(file, typeof features === 'string' ? features : JSON.stringify(features))

const soon = (attempt: () => Promise<void>) => eventually(attempt, { limitMs: 60_000 })

beforeAll(async () => {
  main = await startMain({ FEATURES_FILE: file })
})
afterAll(async () => {
  await main?.stop()
  rmSync(folder, { recursive: true })
})

it('When there is no features file, then the gates have their own defaults', async () => {
  const { body } = await main.nobody.get('/features')

  expect(body).toEqual({ features: { registration: true, 'media-avif': true, 'api-keys': true } })
  expect((await main.nobody.get('/features/registration')).body).toEqual({
    key: 'registration',
    value: true,
    source: 'gate',
  })
  expect((await main.nobody.get('/features/unheard-of')).status).toBe(404)
})

it('When the file changes, then the change takes effect without a restart, and registration closes', async () => {
  write({ registration: { defaultValue: false } })

  await soon(async () => expect((await main.nobody.get('/features/registration')).body.value).toBe(false))

  const body = { email: 'admin@example.com', name: 'Late', passwordHash: 'a hash' }
  expect((await main.auth.send('post', '/users', body)).body.code).toBe('registration-closed')
})

it('When the file becomes unreadable, then the last features remain in use', async () => {
  write({ registration: { defaultValue: false } })
  await soon(async () => expect((await main.nobody.get('/features/registration')).body.source).toBe('defaultValue'))

  write('{ not json')
  await new Promise((resolve) => setTimeout(resolve, 600))

  expect((await main.nobody.get('/features/registration')).body.value).toBe(false)
})

it('When a rule applies to some users, then the value depends on the token, and on the attributes that a client can set', async () => {
  const rules = [{ condition: { roles: { $elemMatch: { $eq: 'editor' } } }, force: 'new' }]
  write({ layout: { defaultValue: 'old', rules: [...rules, { condition: { country: 'pt' }, force: 'azul' }] } })
  const user = await main.logIn(
    (await main.withPermissions('*').send('post', '/users', { email: 'a@b.example', name: 'A' })).body.id,
  )
  const admin = await main.logInAdministrator()
  await main.withPermissions('*').send('put', `/users/${admin.id}/roles`, { roles: ['admin', 'editor'] })
  const editor = await main.logInAdministrator()
  const valueFor = async (client: typeof user, attributes: object) =>
    (await client.get(`/features/layout?attributes=${encodeURIComponent(JSON.stringify(attributes))}`)).body.value

  await soon(async () => expect(await valueFor(editor, {})).toBe('new'))

  expect(await valueFor(main.nobody, {})).toBe('old')
  expect(await valueFor(main.nobody, { roles: ['editor'] })).toBe('old')
  expect(await valueFor(main.nobody, { country: 'pt' })).toBe('azul')
  expect((await main.nobody.get('/features?attributes=5')).status).toBe(422)
})

it('When a client sends the attributes of its token, then the token takes precedence', async () => {
  const forced = (condition: object) => ({ defaultValue: false, rules: [{ condition, force: true }] })
  write({
    byId: forced({ id: { $in: ['me', 'somebody'] } }),
    byRole: forced({ roles: { $elemMatch: { $eq: 'admin' } } }),
    byDomain: forced({ emailDomain: 'example.com' }),
    byPlan: forced({ 'plan.name': 'gold' }),
  })
  const somebody = await main.logIn((await main.register('Domain Holder')).id)
  const claim = { id: 'me', roles: ['admin'], emailDomain: 'example.com' }
  const sent = JSON.stringify({ ...claim, plan: { name: 'gold' } }).replace(
    '{',
    `{"__proto__": ${JSON.stringify(claim)}, `,
  )
  const featuresOf = async (client: typeof somebody) =>
    (await client.get(`/features?attributes=${encodeURIComponent(sent)}`)).body.features

  await soon(async () => expect((await featuresOf(somebody)).byDomain).toBe(true))

  expect(await featuresOf(somebody)).toMatchObject({ byId: false, byRole: false, byDomain: true, byPlan: true })
  expect(await featuresOf(main.nobody)).toMatchObject({ byId: false, byRole: false, byDomain: false, byPlan: true })
})
