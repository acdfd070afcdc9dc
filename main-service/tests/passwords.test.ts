import { createHash } from 'node:crypto'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { startService, type ServiceProcess } from '@likeness/test-kit'

import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'
import { expectRefusedWithin5s } from './refused-within-5s.ts'

// auth-service hashes the passwords. It runs as a separate process.
let authService: ServiceProcess
let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  authService = await startService({
    folder: 'auth-service',
    environment: { PORT: String(port), HOST: '127.0.0.1' },
    readyUrl: `${url}/healthz`,
  })
  main = await startMain({ AUTH_SERVICE_URL: url })
  admin = await main.logInAdministrator()
})
afterAll(async () => {
  await main?.stop()
  await authService?.stop()
})

const make = (email: string, password: string) => admin.send('post', '/users', { email, name: 'Made', password })

it('When a user is created with a password, then the user is active, and only the hash of the password is stored', async () => {
  const answer = await make('with@example.com', 'correct horse')

  expect(answer.status).toBe(201)
  expect(answer.body.status).toBe('active')
  const { body } = await main.auth.send('post', `/users/${answer.body.id}/credentials`, { guessKeys: ['any'] })
  expect(body.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

it('When a user is created with an Idempotency-Key, then the stored request hash cannot be used to guess the password', async () => {
  const body = { email: 'tried@example.com', name: 'Tried', password: 'correct horse' }
  const first = await admin.send('post', '/users', body, { 'Idempotency-Key': 'once' })
  const again = await admin.send('post', '/users', body, { 'Idempotency-Key': 'once' })
  expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([201, 201, 'true'])

  const [kept] = await main.context.maindb.rows<{ request_hash: string }>(
    `SELECT request_hash FROM idempotency_key WHERE key = 'once'`,
  )

  const guess = createHash('sha256')
    .update(JSON.stringify([null, body, []]))
    .digest('hex')
  expect(kept?.request_hash).toMatch(/^[0-9a-f]{64}$/)
  expect(kept?.request_hash).not.toBe(guess)
})

it('When the password is too short or too long, then the answer is 422 with its path', async () => {
  expect((await make('short@example.com', 'too short')).body.errors[0].path).toBe('body.password')
  expect((await make('long@example.com', 'x'.repeat(129))).body.errors[0].path).toBe('body.password')
})

it('When a password is sent in another Unicode form, then it is the same password', async () => {
  const composed = 'caf\u00E9 \u00E5 la cr\u00E8me'
  const { body, status } = await make('composed@example.com', composed.normalize('NFD'))
  expect(status).toBe(201)
  const me = await main.logIn(body.id)
  expect((await me.send('delete', '/users/me', { password: 'cafe a la creme' })).body.code).toBe('wrong-password')
  expect((await me.send('delete', '/users/me', { password: composed })).status).toBe(204)
})

it('When the length of a password is checked, then its normalised characters count', async () => {
  expect((await make('nine@example.com', '\u00E9'.repeat(9).normalize('NFD'))).body.errors).toEqual([
    { path: 'body.password', message: 'must have at least 10 characters' },
  ])
  expect((await make('many@example.com', '\u00E9'.repeat(128).normalize('NFD'))).status).toBe(201)
})

it('When a user deletes their own account, then the password is required, and ten wrong attempts are allowed', async () => {
  const { body } = await make('leaving@example.com', 'correct horse')
  const me = await main.logIn(body.id)

  expect((await me.send('delete', '/users/me', {})).status).toBe(422)
  for (let count = 0; count < 10; count++) {
    expect((await me.send('delete', '/users/me', { password: 'wrong' })).body.code).toBe('wrong-password')
  }
  const refused = await me.send('delete', '/users/me', { password: 'correct horse' })
  expect(refused.body.code).toBe('too-many-attempts')

  await main.auth.send('post', '/guesses/forget', { guessKeys: [`delete-account:${body.id}`] })
  expect((await me.send('delete', '/users/me', { password: 'correct horse' })).status).toBe(204)
  await expectRefusedWithin5s(async () => (await me.get('/users/me')).status === 401)
})

it('When auth-service is unavailable, then creating a user with a password is 503, and inviting a user still works', async () => {
  await authService.stop()

  const answer = await make('later@example.com', 'correct horse')

  expect([answer.status, answer.body.code]).toEqual([503, 'auth-service-unavailable'])
  expect(answer.headers['retry-after']).toBeDefined()
  expect((await admin.send('post', '/users', { email: 'later@example.com', name: 'Invited' })).status).toBe(201)
})
