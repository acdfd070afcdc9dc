import { randomBytes } from 'node:crypto'

import { beforeAll, expect, it } from '@jest/globals'
import {
  logInAdministrator,
  makeTransparentPicture,
  registerSomebody,
  send,
  sharedSystem,
  upload,
  type Answer,
  type Person,
  type System,
} from '@likeness/test-kit'

let system: System
let admin: Person

beforeAll(async () => {
  system = await sharedSystem()
  admin = await logInAdministrator(system)
})

/** The headers of a client behind a proxy on this machine, which sends the client's address. */
const phone = {
  'user-agent': 'a phone',
  'x-forwarded-for': '203.0.113.9',
  // Only services are allowed to send these headers, so a client's values must be ignored.
  'x-client-address': '198.51.100.1',
  'x-client-agent': 'a lie',
}

const auth = (path: string, requestId: string, sent: Parameters<typeof send>[2]) =>
  send('POST', `${system.authUrl}/api/v1/auth${path}`, { ...sent, headers: { ...phone, 'x-request-id': requestId } })

const trail = async (query: string, sort = 'at'): Promise<Record<string, unknown>[]> =>
  (await send('GET', `${system.mainUrl}/api/v1/audit?sort=${sort}&${query}`, { token: admin.accessToken })).body.data

it('When a user registers, logs in, changes the password and logs out, then the trail names the user and the device, not auth-service', async () => {
  const email = `traced-${randomBytes(4).toString('hex')}@example.com`
  const [password, newPassword] = ['a long enough password', 'another long password']
  const done: Answer[] = []
  const follow = async (answer: Promise<Answer>) => {
    done.push(await answer)
    return (await answer).body
  }

  const { user } = await follow(auth('/register', 'trace-register', { body: { email, password, name: 'Traced' } }))
  const { accessToken } = await follow(auth('/login', 'trace-login', { body: { email, password } }))
  await follow(
    auth('/password/change', 'trace-password', {
      token: accessToken,
      body: { currentPassword: password, newPassword },
    }),
  )
  const again = await follow(auth('/login', 'trace-again', { body: { email, password: newPassword } }))
  await follow(auth('/logout', 'trace-logout', { token: again.accessToken }))

  expect(done.map(({ status }) => status)).toEqual([201, 200, 204, 200, 204])
  const lines = await trail(`actor=${user.id}`)
  expect(lines.map(({ action, requestId }) => [action, requestId])).toEqual([
    ['user.registered', 'trace-register'],
    ['session.opened', 'trace-register'],
    ['session.opened', 'trace-login'],
    ['user.password-changed', 'trace-password'],
    ['session.opened', 'trace-again'],
    ['session.ended', 'trace-logout'],
  ])
  for (const line of lines) {
    expect(line).toMatchObject({
      actor: { type: 'user', id: user.id },
      address: '203.0.113.9',
      userAgent: 'a phone',
    })
  }
  const text = JSON.stringify(lines)
  for (const secret of [password, newPassword, accessToken, again.refreshToken]) expect(text).not.toContain(secret)
})

it('When a client calls main-service with the headers of a service, then main-service ignores these headers', async () => {
  const headers = { ...phone, 'x-request-id': 'trace-direct' }
  const ada = await registerSomebody(system)
  await send('PATCH', `${system.mainUrl}/api/v1/users/me`, {
    token: ada.accessToken,
    body: { name: 'Traced' },
    headers,
  })

  expect(await trail(`action=user.updated&actor=${ada.id}`)).toEqual([
    expect.objectContaining({ address: '203.0.113.9', userAgent: 'a phone', requestId: 'trace-direct' }),
  ])
})

it('When a user gets an avatar, then the trail has the media and the author of the change', async () => {
  const picture = await makeTransparentPicture({ width: 20, height: 20 })
  const ada = await registerSomebody(system)
  const { body: media } = await upload(
    system,
    ada.accessToken,
    { bytes: picture.bytes, name: 'me.png' },
    { visibility: 'public' },
  )
  const { status } = await send('PUT', `${system.mainUrl}/api/v1/users/${ada.id}/avatar`, {
    token: ada.accessToken,
    body: { mediaId: media.id },
    headers: { ...phone, 'x-request-id': 'trace-avatar' },
  })

  expect(status).toBe(200)
  expect(await trail(`action=user.avatar-changed&actor=${ada.id}`)).toEqual([
    expect.objectContaining({
      actor: { type: 'user', id: ada.id },
      target: { type: 'user', id: ada.id },
      before: { avatar: null },
      after: { avatar: expect.objectContaining({ mediaId: media.id }) },
      address: '203.0.113.9',
      userAgent: 'a phone',
      requestId: 'trace-avatar',
    }),
  ])
})

it('When a login fails, then nothing has changed, and the trail has no entry', async () => {
  const before = await trail('limit=200', '-at')

  const { status } = await auth('/login', 'trace-wrong', { body: { email: admin.email, password: 'a wrong password' } })

  expect(status).toBe(401)
  expect(await trail('limit=200', '-at')).toEqual(before)
})
