import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually, readMails, tokenIn, type Answer } from '@likeness/test-kit'

import { startAuth, type AuthUnderTest } from './auth-under-test.ts'

const password = 'a password of my own'
let auth: AuthUnderTest
let admin: string
let guests = 0

beforeAll(async () => {
  auth = await startAuth()
  admin = await auth.logInAdministrator()
})
afterAll(() => auth?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const accept = (token: string, more: object = {}) => auth.post('/auth/invitations/accept', { token, password, ...more })

/** Invites a new user and reads the token from the mail. */
async function invite(): Promise<{ id: string; userId: string; email: string; token: string }> {
  const email = `guest-${++guests}@example.com`
  const { status, body } = await auth.main('POST', '/users/invitations', {
    token: admin,
    body: { email, roles: ['user'] },
  })
  expect(status).toBe(201)
  const mail = await eventually(
    async () => {
      const [first] = await readMails(auth.mailFolder, email)
      if (first === undefined) throw new Error('There is no mail yet')
      return first
    },
    { limitMs: 60_000 },
  )
  return { id: body.id, userId: body.userId, email, token: tokenIn(mail) }
}

it('When an invitation is accepted, then the guest has a password and is logged in', async () => {
  const guest = await invite()
  const answer = await accept(guest.token, { name: 'Grace' })

  expect(answer.status).toBe(201)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.body.user).toMatchObject({ id: guest.userId, name: 'Grace', status: 'active' })
  expect((await auth.get('/auth/me', answer.body.accessToken)).body).toMatchObject({ sub: guest.userId })
  const login = { email: guest.email, password, deviceToken: answer.body.deviceToken }
  expect((await auth.post('/auth/login', login)).body.deviceToken).toBe(answer.body.deviceToken)
})

it('When an invitation is used twice, revoked or unknown, then it is invalid', async () => {
  const [used, revoked] = [await invite(), await invite()]
  await accept(used.token)
  await auth.main('DELETE', `/users/invitations/${revoked.id}`, { token: admin })

  for (const token of [used.token, revoked.token, 'A'.repeat(43), 'no token at all']) {
    expect(problem(await accept(token))).toEqual([404, 'invitation-invalid'])
  }
})

it('When several requests accept one invitation at once, then one of them succeeds', async () => {
  const guest = await invite()
  const answers = await Promise.all(Array.from({ length: 4 }, () => accept(guest.token)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 404, 404, 404])
})

it('When the password is too short, then the invitation can still be accepted', async () => {
  const guest = await invite()
  expect(problem(await accept(guest.token, { password: 'short' }))).toEqual([422, 'invalid-request'])
  expect((await accept(guest.token)).status).toBe(201)
})
