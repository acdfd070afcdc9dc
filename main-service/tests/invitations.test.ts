import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit'
import { eventually, readMails, tokenIn } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client
let mailFolder: string
let background: BackgroundTask

beforeAll(async () => {
  mailFolder = await mkdtemp(join(tmpdir(), 'likeness-mail-'))
  main = await startMain({ MAIL_DIR: mailFolder, INVITATION_URL: 'https://app.example.com/welcome?lang=en' })
  background = startBackground(main.context)
  admin = await main.logInAdministrator()
  for (const [name, permissions] of Object.entries({
    inviter: ['users:create', 'media:read'],
    reader: ['media:read'],
    mighty: ['media:read', 'roles:write'],
  })) {
    expect((await admin.send('post', '/roles', { name, permissions })).status).toBe(201)
  }
})
afterAll(async () => {
  await background?.stop()
  await main?.stop()
  await rm(mailFolder, { recursive: true, force: true })
})

let people = 0
const someAddress = () => `invited-${++people}@example.com`

const invite = (email: string, roles?: string[], by: Client = admin) =>
  by.send('post', '/users/invitations', roles ? { email, roles } : { email })

/** Waits for the mail with this number to the address. */
const mailTo = (email: string, number = 1): Promise<string> =>
  eventually(
    async () => {
      const mail = (await readMails(mailFolder, email))[number - 1]
      if (mail === undefined) throw new Error(`There is no mail ${number} to ${email}`)
      return mail
    },
    { limitMs: 5_000 },
  )

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const accept = (token: string, more: object = {}) =>
  main.auth.send('post', '/invitations/accept', { tokenHash: hashOf(token), passwordHash: 'a hash', ...more })
const refusal = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]
const invitationOf = async (email: string) =>
  (await admin.get('/users/invitations?limit=200')).body.data.find((one: { email: string }) => one.email === email)
const trail = (targetId: string) =>
  main.context.maindb.rows<{ action: string; actor: string }>(
    `SELECT action, actor_type || ' ' || actor_id AS actor FROM audit WHERE target_id = :targetId ORDER BY id`,
    { targetId },
  )

describe('inviting', () => {
  it('When somebody is invited, then they are a user without a password, and the mail says all they need', async () => {
    const email = someAddress()

    const answer = await invite(email, ['reader', 'user'])

    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.any(String),
      email,
      roles: ['reader', 'user'],
      userId: expect.any(String),
      invitedBy: admin.id,
      status: 'pending',
      sentAt: null,
      expiresAt: null,
      failedReason: null,
      createdAt: expect.any(String),
    })
    expect((await admin.get(`/users/${answer.body.userId}`)).body).toMatchObject({
      email,
      name: email.split('@')[0],
      status: 'invited',
      roles: ['reader', 'user'],
      emailVerifiedAt: null,
    })
    const mail = await mailTo(email)
    expect(mail).toContain('Administrator invites you to Likeness')
    expect(mail).toMatch(/^https:\/\/app\.example\.com\/welcome\?lang=en&token=[\w-]{43}$/m)
    const sent = await eventually(
      async () => {
        const { body } = await admin.get((answer.headers['location'] as string).replace('/api/v1', ''))
        expect(body.sentAt).not.toBeNull()
        return body
      },
      { limitMs: 3_000 },
    )
    const days = (Date.parse(sent.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.99)
    expect(days).toBeLessThanOrEqual(7)
    const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
    expect(mail).toContain(until.format(new Date(sent.expiresAt)))
    expect(await invitationOf(email)).toEqual(sent)
    expect(await trail(answer.body.userId)).toEqual([{ action: 'user.invited', actor: `user ${admin.id}` }])
  })

  it('When no roles are named, then they get what everybody gets', async () => {
    expect((await invite(someAddress(), undefined, main.holding('users:create'))).body.roles).toEqual(['user'])
  })

  it('When a user is made without a password, then they are sent the same mail', async () => {
    const email = someAddress()
    const { body } = await admin.send('post', '/users', { email, name: 'Grace Hopper' })

    expect(await invitationOf(email)).toMatchObject({ userId: body.id, status: 'pending', roles: ['user'] })
    expect((await accept(tokenIn(await mailTo(email)))).body.userId).toBe(body.id)
    expect((await admin.get(`/users/${body.id}`)).body).toMatchObject({ name: 'Grace Hopper', status: 'active' })
  })
})
