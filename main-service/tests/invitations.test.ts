import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readEnvironment, type BackgroundTask } from '@likeness/service-kit/process'
import { eventually, readMails, tokenIn } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { environmentSchema } from '../src/env.ts'
import { writeInvitationMail } from '../src/invitation-links/invitation-mail.ts'
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

/** Waits for the nth mail to the address. */
const mailTo = (email: string, number = 1): Promise<string> =>
  eventually(
    async () => {
      const mail = (await readMails(mailFolder, email))[number - 1]
      if (mail === undefined) throw new Error(`There is no mail ${number} to ${email}`)
      return mail
    },
    { limitMs: 60_000 },
  )

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const accept = (token: string, more: object = {}) =>
  main.auth.send('post', '/invitations/accept', { tokenHash: hashOf(token), passwordHash: 'a hash', ...more })
const refusal = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code]
const invitationOf = async (email: string) =>
  (await admin.get('/users/invitations?limit=200')).body.data.find((one: { email: string }) => one.email === email)
const trail = (targetId: string) =>
  main.context.maindb.rows<{ action: string; actor: string; before: object | null; after: object | null }>(
    `SELECT action, actor_type || ' ' || actor_id AS actor, before, after FROM audit
     WHERE target_id = :targetId ORDER BY id`,
    { targetId },
  )

describe('inviting', () => {
  it('When a person is invited, then a user without a password is created, and the mail contains the link and its expiry', async () => {
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
      { limitMs: 60_000 },
    )
    const days = (Date.parse(sent.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.99)
    expect(days).toBeLessThanOrEqual(7)
    const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
    expect(mail).toContain(until.format(new Date(sent.expiresAt)))
    expect(await invitationOf(email)).toEqual(sent)
    expect(await trail(answer.body.userId)).toEqual([
      {
        action: 'user.invited',
        actor: `user ${admin.id}`,
        before: null,
        after: expect.objectContaining({ email, status: 'invited', invitationId: answer.body.id }),
      },
    ])
  })

  it('When no roles are given, then the user gets the role user', async () => {
    expect((await invite(someAddress(), undefined, main.withPermissions('users:create'))).body.roles).toEqual(['user'])
  })

  it('When a user is created without a password, then the same mail is sent', async () => {
    const email = someAddress()
    const { body } = await admin.send('post', '/users', { email, name: 'Grace Hopper' })

    expect(await invitationOf(email)).toMatchObject({ userId: body.id, status: 'pending', roles: ['user'] })
    expect((await accept(tokenIn(await mailTo(email)))).body.userId).toBe(body.id)
    expect((await admin.get(`/users/${body.id}`)).body).toMatchObject({ name: 'Grace Hopper', status: 'active' })
  })
})

describe('inviting again', () => {
  it('When an invited user is invited again, then only the new link works, and the roles are replaced', async () => {
    const email = someAddress()
    const first = await invite(email, ['mighty', 'reader'])
    const oldToken = tokenIn(await mailTo(email))

    const second = await invite(email.toUpperCase(), ['user'])

    expect(second.status).toBe(201)
    expect(second.body).toMatchObject({ userId: first.body.userId, email, roles: ['user'], status: 'pending' })
    expect(second.body.id).not.toBe(first.body.id)
    expect((await admin.get(`/users/invitations/${first.body.id}`)).status).toBe(404)
    expect(refusal(await accept(oldToken))).toEqual([404, 'invitation-invalid'])
    expect((await accept(tokenIn(await mailTo(email, 2)))).status).toBe(200)
    const actions = (await trail(first.body.userId)).map(({ action }) => action)
    expect(actions).toEqual(['user.invited', 'user.invited', 'invitation.accepted'])
  })

  it('When two requests invite the same person at once, then there is one user, one invitation and one valid link', async () => {
    const email = someAddress()

    const answers = await Promise.all([invite(email, ['reader']), invite(email, ['user'])])

    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(new Set(answers.map(({ body }) => body.userId)).size).toBe(1)
    const { id, sentAt } = await eventually(
      async () => {
        const invitation = await invitationOf(email)
        expect(invitation.sentAt).not.toBeNull()
        return invitation
      },
      { limitMs: 60_000 },
    )
    expect(answers.map(({ body }) => body.id)).toContain(id)
    expect(sentAt).toEqual(expect.any(String))
    const tokens = (await readMails(mailFolder, email)).map(tokenIn)
    const statuses = await Promise.all(tokens.map(async (token) => (await accept(token)).status))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it('When the request is repeated with the same Idempotency-Key, then the invitation is not replaced', async () => {
    const body = { email: someAddress() }
    const headers = { 'Idempotency-Key': 'invite-once' }

    const first = await admin.send('post', '/users/invitations', body, headers)
    const again = await admin.send('post', '/users/invitations', body, headers)

    expect(again.body).toEqual(first.body)
    expect((await invitationOf(body.email)).id).toBe(first.body.id)
  })

  it('When the address belongs to a user who is not invited, then the answer is 409', async () => {
    const { email } = await main.register('Ada')
    const suspended = await invite(someAddress())
    await admin.send('patch', `/users/${suspended.body.userId}`, { status: 'suspended' })

    expect(refusal(await invite(email))).toEqual([409, 'email-taken'])
    expect(refusal(await invite(suspended.body.email))).toEqual([409, 'email-taken'])
    expect(refusal(await admin.send('post', '/users', { email, name: 'Ada' }))).toEqual([409, 'email-taken'])
  })
})

describe('permissions for invitations', () => {
  it('When the caller does not have the permissions of a role, then nobody is invited', async () => {
    const email = someAddress()
    const inviter = main.withPermissions('users:create', 'media:read')

    expect((await invite(email, ['reader'], inviter)).status).toBe(201)
    expect(refusal(await invite(email, ['reader', 'admin'], inviter))).toEqual([403, 'grant-exceeds-own'])
    expect(refusal(await invite('mighty@example.com', ['mighty'], inviter))).toEqual([403, 'grant-exceeds-own'])
    expect(await invitationOf(email)).toMatchObject({ roles: ['reader'] })
    expect(await invitationOf('mighty@example.com')).toBeUndefined()
    expect((await admin.get('/users?q=mighty@example.com')).body.data).toEqual([])
  })

  it('When the invited user has more permissions than the caller, then the invitation can be neither replaced nor revoked', async () => {
    const email = someAddress()
    const { body } = await invite(email, ['mighty'])
    const inviter = main.withPermissions('users:create', 'media:read')
    const token = tokenIn(await mailTo(email))

    expect(refusal(await invite(email, ['reader'], inviter))).toEqual([403, 'user-exceeds-own'])
    expect(refusal(await inviter.send('delete', `/users/invitations/${body.id}`))).toEqual([403, 'user-exceeds-own'])
    expect(await invitationOf(email)).toMatchObject({ id: body.id, roles: ['mighty'] })
    expect((await accept(token)).status).toBe(200)
  })

  it('When the caller has no users:create, or only users:create:own, then every route answers 403', async () => {
    const { body } = await invite(someAddress())
    for (const somebody of [
      main.withPermissions('users:read', 'users:update'),
      main.withPermissions('users:create:own'),
    ]) {
      const answers = [
        await somebody.get('/users/invitations'),
        await somebody.get(`/users/invitations/${body.id}`),
        await somebody.send('post', '/users/invitations', { email: someAddress() }),
        await somebody.send('delete', `/users/invitations/${body.id}`),
      ]
      expect(answers.map(refusal)).toEqual(answers.map(() => [403, 'forbidden']))
    }
    expect((await main.nobody.get('/users/invitations')).status).toBe(401)
  })

  it('When the rights of the caller were revoked, then the old token is rejected', async () => {
    const { id } = await main.register('Inviter')
    await admin.send('put', `/users/${id}/roles`, { roles: ['user', 'inviter'] })
    const inviter = await main.logIn(id)
    expect((await invite(someAddress(), ['reader'], inviter)).status).toBe(201)
    await admin.send('put', `/users/${id}/roles`, { roles: ['user'] })

    expect(refusal(await invite('late@example.com', ['reader'], inviter))).toEqual([401, 'token-stale'])
    expect(await invitationOf('late@example.com')).toBeUndefined()
  })

  it.each([
    [{}, 'body.email'],
    [{ email: 'nobody' }, 'body.email'],
    [{ email: ['a@example.com'] }, 'body.email'],
    [{ email: 'a\0@example.com' }, 'body.email'],
    [{ email: 'a@example.com', roles: 'user' }, 'body.roles'],
    [{ email: 'a@example.com', roles: ['user', 'boss'] }, 'body.roles.1'],
    [{ email: 'a@example.com', roles: ['r'.repeat(65)] }, 'body.roles.0'],
    [{ email: 'a@example.com', name: 'A' }, 'body.name'],
  ])('When the body is %j, then the answer is 422 with the path', async (body, path) => {
    const answer = await admin.send('post', '/users/invitations', body)

    expect([answer.status, answer.body.errors[0].path]).toEqual([422, path])
  })
})

describe('listing invitations', () => {
  it('When there are several pages, then they contain each invitation once', async () => {
    const { body: all } = await admin.get('/users/invitations?limit=200&count=true')
    expect(all.data.length).toBeGreaterThan(5)
    expect(all.page).toEqual({ limit: 200, next: null, total: all.data.length })
    const seen: string[] = []
    let path: string | undefined = '/users/invitations?limit=2&sort=email'
    while (path) {
      const { body, headers } = await admin.get(path)
      seen.push(...body.data.map(({ id }: { id: string }) => id))
      path = /<\/api\/v1(.+)>/.exec(headers['link'] ?? '')?.[1]
    }
    expect(seen.toSorted()).toEqual(all.data.map(({ id }: { id: string }) => id).toSorted())
    expect((await admin.get('/users/invitations?after=nonsense')).body.errors[0].path).toBe('query.after')
    expect((await admin.get('/users/invitations?status=accepted')).body.errors[0].path).toBe('query.status')
  })

  it('When a link has expired, then the status says so, and the invitation can be replaced', async () => {
    const email = someAddress()
    const { body } = await invite(email)
    const token = tokenIn(await mailTo(email))
    await main.context.maindb.rows(
      `UPDATE invitation SET expires_at = now() - interval '1 second' WHERE id = :id`,
      body,
    )

    const { data, page } = (await admin.get('/users/invitations?status=expired&count=true')).body
    expect([data.length, page.total, data[0].id, data[0].status]).toEqual([1, 1, body.id, 'expired'])
    expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
    const lookup = await main.auth.send('post', '/invitations/lookup', { tokenHash: hashOf(token) })
    expect(refusal(lookup)).toEqual([404, 'invitation-invalid'])

    expect((await invite(email)).body.status).toBe('pending')
    expect((await accept(tokenIn(await mailTo(email, 2)))).status).toBe(200)
  })
})

describe('an address to which no mail can be sent', () => {
  it('When it is invited, then the invitation contains the reason, is not retried, and can be revoked', async () => {
    // DNS allows the underscore, mail servers do not. The part before the @ is too long for a name (200 characters).
    const email = `${'x'.repeat(220)}@no_mail.example.com`
    const { body } = await invite(email)
    const failed = await eventually(
      async () => {
        const { data } = (await admin.get('/users/invitations?status=failed')).body
        expect(data).toHaveLength(1)
        return data[0]
      },
      { limitMs: 60_000 },
    )

    expect(failed).toMatchObject({ id: body.id, status: 'failed', sentAt: null, expiresAt: null })
    expect(failed.failedReason).toMatch(/not a valid email address/)
    await eventually(
      async () => expect(await main.context.maindb.rows('SELECT * FROM outbox WHERE subject = :id', body)).toEqual([]),
      { limitMs: 60_000 },
    )
    expect((await admin.get(`/users/${body.userId}`)).body).toMatchObject({ email, name: 'Somebody' })
    expect((await admin.send('delete', `/users/invitations/${body.id}`)).status).toBe(204)
  })
})

describe('revoking', () => {
  it('When an invitation is revoked, then its link is invalid, its user is deleted, and the address can be used again', async () => {
    const email = someAddress()
    const { body } = await invite(email)
    const token = tokenIn(await mailTo(email))
    const path = `/users/invitations/${body.id}`
    await eventually(async () => expect((await invitationOf(email)).sentAt).not.toBeNull(), { limitMs: 60_000 })
    expect((await admin.send('delete', path, undefined, { 'If-Match': '"another"' })).status).toBe(412)
    const etag = (await admin.get(path)).headers['etag']

    expect((await admin.send('delete', path, undefined, { 'If-Match': etag })).status).toBe(204)

    expect((await admin.send('delete', path)).status).toBe(404)
    expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
    expect((await admin.get(`/users/${body.userId}`)).status).toBe(404)
    expect((await trail(body.userId)).at(-1)).toEqual({
      action: 'invitation.revoked',
      actor: `user ${admin.id}`,
      before: expect.objectContaining({ email, status: 'invited', roles: ['user'] }),
      after: null,
    })
    expect((await invite(email)).body.userId).not.toBe(body.userId)
  })

  it('When it is accepted at the same moment, then only one of the two requests succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const email = someAddress()
      const { body } = await invite(email)
      const token = tokenIn(await mailTo(email))

      const [revoked, accepted] = await Promise.all([
        admin.send('delete', `/users/invitations/${body.id}`),
        accept(token),
      ])

      const user = await admin.get(`/users/${body.userId}`)
      const outcome = [revoked.status, accepted.status, user.status, user.body.status]
      expect([
        [204, 404, 404, 404],
        [404, 200, 200, 'active'],
      ]).toContainEqual(outcome)
    }
  })
})

describe('accepting', () => {
  it('When an invitation is accepted, then the user is active with a verified address, and the link is used', async () => {
    const email = someAddress()
    const { body } = await invite(email, ['reader'])
    const token = tokenIn(await mailTo(email))
    const lookup = await main.auth.send('post', '/invitations/lookup', { tokenHash: hashOf(token) })
    expect(lookup.status).toBe(204)

    const answer = await accept(token, { name: ' Ada Lovelace ' })

    expect([answer.status, answer.body]).toEqual([200, { userId: body.userId, email }])
    expect((await admin.get(`/users/${body.userId}`)).body).toMatchObject({
      name: 'Ada Lovelace',
      status: 'active',
      roles: ['reader'],
      emailVerifiedAt: expect.any(String),
    })
    const credentials = await main.auth.send('post', '/credentials', { email, guessKeys: ['test'] })
    expect(credentials.body).toMatchObject({ status: 'active', passwordHash: 'a hash' })
    expect(await invitationOf(email)).toBeUndefined()
    expect((await admin.get(`/users/invitations/${body.id}`)).status).toBe(404)
    expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
    expect((await trail(body.userId)).at(-1)).toEqual({
      action: 'invitation.accepted',
      actor: `user ${body.userId}`,
      before: { name: email.split('@')[0], status: 'invited', emailVerifiedAt: null },
      after: { name: 'Ada Lovelace', status: 'active', emailVerifiedAt: expect.any(String) },
    })
    const kept = await main.context.maindb.rows(
      'SELECT * FROM audit, outbox, invitation, users WHERE users.id = :userId',
      body,
    )
    expect(JSON.stringify(kept)).not.toContain(token)
  })

  it('When a link is used several times at once, then one request succeeds', async () => {
    const email = someAddress()
    await invite(email)
    const token = tokenIn(await mailTo(email))

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => accept(token, { passwordHash: `hash ${index}` })),
    )

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404, 404, 404, 404])
    const winner = answers.findIndex(({ status }) => status === 200)
    const credentials = await main.auth.send('post', '/credentials', { email, guessKeys: ['test'] })
    expect(credentials.body.passwordHash).toBe(`hash ${winner}`)
  })

  it.each([
    [
      'suspended',
      { method: 'patch', path: '', body: { status: 'suspended' } },
      { method: 'patch', path: '', body: { status: 'active' } },
    ],
    ['deleted', { method: 'delete', path: '' }, { method: 'post', path: '/restore' }],
  ] as const)(
    'When the user was %s, then the link is invalid, and another one is sent after the reactivation',
    async (_what, removal, reactivation) => {
      const email = someAddress()
      const { body } = await invite(email)
      const token = tokenIn(await mailTo(email))
      const change = ({
        method,
        path,
        ...sent
      }: {
        method: 'patch' | 'delete' | 'post'
        path: string
        body?: object
      }) => admin.send(method, `/users/${body.userId}${path}`, sent.body)

      expect((await change(removal)).status).toBeLessThan(300)
      expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
      expect(await invitationOf(email)).toBeUndefined()

      expect((await change(reactivation)).body.status).toBe('invited')
      expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
      expect((await accept(tokenIn(await mailTo(email, 2)))).body.userId).toBe(body.userId)
    },
  )

  it('When the address was changed, then only the link that was sent to the new address works', async () => {
    const [before, after] = [someAddress(), someAddress()]
    const { body } = await invite(before)
    const token = tokenIn(await mailTo(before))

    await admin.send('patch', `/users/${body.userId}`, { name: 'Renamed' })
    expect((await admin.get(`/users/invitations/${body.id}`)).status).toBe(200)
    await admin.send('patch', `/users/${body.userId}`, { email: after })

    expect(refusal(await accept(token))).toEqual([404, 'invitation-invalid'])
    expect((await accept(tokenIn(await mailTo(after)))).body).toEqual({ userId: body.userId, email: after })
  })

  it.each([
    [{ tokenHash: 'x', passwordHash: 'a hash' }, 'body.tokenHash'],
    [{ tokenHash: hashOf('x'), passwordHash: '' }, 'body.passwordHash'],
    [{ tokenHash: hashOf('x'), passwordHash: 'a hash', name: ' ' }, 'body.name'],
  ])('When auth-service sends %j, then the answer is 422 with the path', async (body, path) => {
    const answer = await main.auth.send('post', '/invitations/accept', body)

    expect([answer.status, answer.body.errors[0].path]).toEqual([422, path])
  })
})

describe('in production', () => {
  const production = { NODE_ENV: 'production', MAIN_SERVICE_CLIENT_SECRET: 'a secret of production' }
  const page = 'https://app.example.com/#/welcome'

  it('When SMTP_URL is set and INVITATION_URL is not, then the service does not start', () => {
    const sending = { ...production, SMTP_URL: 'smtp://mail.example.com' }

    expect(() => readEnvironment(environmentSchema, sending)).toThrow(/INVITATION_URL/)
    for (const wrong of ['welcome', 'javascript:alert(1)']) {
      expect(() => readEnvironment(environmentSchema, { ...sending, INVITATION_URL: wrong })).toThrow(/INVITATION_URL/)
    }
    expect(readEnvironment(environmentSchema, { ...sending, INVITATION_URL: page }).INVITATION_URL).toBe(page)
  })

  it('When a person is invited, then the mail contains the link and no command', () => {
    const settings = readEnvironment(environmentSchema, { ...production, INVITATION_URL: page })
    const content = { email: 'ada@example.com', inviter: null, expiresAt: new Date('2026-12-01T18:56:30Z') }

    const mail = writeInvitationMail(content, 'a-token', settings)

    expect([mail.to, mail.subject]).toEqual(['ada@example.com', 'You are invited to Likeness'])
    expect(mail.text.split('\n')).toContain('https://app.example.com/?token=a-token#/welcome')
    expect(mail.text).toContain('until 1 December 2026 at 18:56 UTC')
    expect(mail.text).not.toContain('curl')
  })
})
