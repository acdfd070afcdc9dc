import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  eventually,
  logInAdministrator,
  readMails,
  readMetrics,
  runStatement,
  send,
  sharedSystem,
  startSystem,
  tokenIn,
  type Answer,
  type Person,
  type System,
} from '@likeness/test-kit'

import { startMailServer, type MailServer } from '../main-service/tests/mail-server.ts'

const password = 'a password of my own'

let system: System
let admin: Person
let people = 0
const suffix = randomBytes(4).toString('hex')
const someAddress = () => `guest-${++people}-${suffix}@example.com`

const invite = (email: string, roles = ['user']) =>
  send('POST', `${system.mainUrl}/api/v1/users/invitations`, { token: admin.accessToken, body: { email, roles } })
const readInvitation = (id: string) =>
  send('GET', `${system.mainUrl}/api/v1/users/invitations/${id}`, { token: admin.accessToken })
const accept = (token: string, more: object = {}) =>
  send('POST', `${system.authUrl}/api/v1/auth/invitations/accept`, { body: { token, password, ...more } })
const logIn = (email: string) => send('POST', `${system.authUrl}/api/v1/auth/login`, { body: { email, password } })
const problem = ({ status, body }: Answer) => [status, body.code]

describe('Invitations through a mail server', () => {
  let server: MailServer
  let folder: string
  const plain = { disabledCommands: ['STARTTLS'], authOptional: true }
  const mailsTo = (email: string) => server.received.filter(({ to }) => to.includes(email))
  const mailTo = (email: string, limitMs = 5_000) =>
    eventually(
      () => {
        const last = mailsTo(email).at(-1)
        if (!last) throw new Error(`No mail to ${email} has arrived`)
        return last.mail
      },
      { limitMs },
    )

  beforeAll(async () => {
    server = await startMailServer(plain)
    folder = await mkdtemp(join(tmpdir(), 'likeness-features-'))
    const features = join(folder, 'features.json')
    await writeFile(features, JSON.stringify({ registration: { defaultValue: false } }))
    system = await startSystem({
      workers: 0,
      environment: {
        'main-service': {
          SMTP_URL: `smtp://127.0.0.1:${server.port}`,
          MAIL_FROM: 'Pictures of Ours <hello@pictures.test>',
          INVITATION_URL: 'https://pictures.test/welcome',
          FEATURES_FILE: features,
        },
      },
    })
    admin = await logInAdministrator(system)
  })
  afterAll(async () => {
    await system?.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    server.answers = {}
  })

  it('When the feature `registration` is off, then nobody can register, and existing users can log in', async () => {
    const answer = await send('POST', `${system.authUrl}/api/v1/auth/register`, {
      body: { email: someAddress(), password, name: 'New' },
    })

    expect(problem(answer)).toEqual([403, 'registration-closed'])
    expect((await logInAdministrator(system)).accessToken).toBeTruthy()
  })

  it('When a user is invited, then the link in the mail logs them in, although registration is closed', async () => {
    const email = someAddress()
    const closed = await send('POST', `${system.authUrl}/api/v1/auth/register`, {
      body: { email: 'other@example.com', password, name: 'Other' },
    })
    expect(problem(closed)).toEqual([403, 'registration-closed'])
    const invited = await invite(email, ['editor', 'user'])
    expect(invited.status).toBe(201)
    expect(problem(await logIn(email))).toEqual([401, 'invalid-credentials'])

    const mail = await mailTo(email)
    expect(mail.from?.text).toBe('"Pictures of Ours" <hello@pictures.test>')
    expect(mail.subject).toBe('Administrator invites you to Pictures of Ours')
    expect(mail.text).toMatch(/^https:\/\/pictures\.test\/welcome\?token=[\w-]{43}$/m)
    const token = tokenIn(mail.text)
    const accepted = await accept(token, { name: 'Grace' })

    expect(accepted.status).toBe(201)
    expect(accepted.headers.get('cache-control')).toBe('no-store')
    expect(accepted.body).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.any(String),
      user: { email, name: 'Grace', status: 'active', roles: ['editor', 'user'], emailVerifiedAt: expect.any(String) },
    })
    const login = await logIn(email)
    expect(login.status).toBe(200)
    expect(Object.keys(accepted.body).toSorted()).toEqual(Object.keys(login.body).toSorted())
    const me = await send('GET', `${system.mainUrl}/api/v1/users/me`, { token: accepted.body.accessToken })
    expect([me.status, me.body.id]).toEqual([200, invited.body.userId])
    expect((await readInvitation(invited.body.id)).status).toBe(404)
    expect(problem(await accept(token))).toEqual([404, 'invitation-invalid'])
    const logged = JSON.stringify([system.main.log, system.auth.log])
    expect(logged).toContain('mail.sent')
    expect(logged).not.toContain(token)
  })

  it('When several requests use one link at once, then one of them succeeds', async () => {
    const email = someAddress()
    await invite(email)
    const token = tokenIn((await mailTo(email)).text)

    const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token)))

    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 404, 404, 404, 404])
  })

  it('When the invitation does not exist, then no password is hashed', async () => {
    const cpuSeconds = async () => {
      const metrics = await readMetrics(system.authUrl)
      return Number(/^process_cpu_seconds_total(?:\{.*\})? (\S+)/m.exec(metrics)?.[1])
    }
    const cost = async (attempt: (index: number) => Promise<unknown>) => {
      const before = await cpuSeconds()
      for (let index = 0; index < 40; index++) await attempt(index)
      return (await cpuSeconds()) - before
    }
    const guess = async () => expect(problem(await accept('x'.repeat(43)))).toEqual([404, 'invitation-invalid'])
    await cost(guess)

    const hashing = await cost((index) => logIn(`nobody-${index}@example.com`))

    expect(await cost(guess)).toBeLessThan(hashing / 2)
    expect(problem(await accept('no token at all'))).toEqual([404, 'invitation-invalid'])
  })

  it.each([
    [{ token: undefined }, 'body.token'],
    [{ token: 7 }, 'body.token'],
    [{ password: 'short' }, 'body.password'],
    [{ name: 'a\nb' }, 'body.name'],
    [{ roles: ['admin'] }, 'body.roles'],
  ])('When %j is sent with a link, then 422 names the field, and the link still works', async (change, path) => {
    const email = someAddress()
    await invite(email)
    const token = tokenIn((await mailTo(email)).text)

    const refused = await accept(token, change)

    expect([refused.status, refused.body.errors.map((error: { path: string }) => error.path)]).toEqual([422, [path]])
    expect((await accept(token)).status).toBe(201)
  })

  it('When the server rejects the address permanently, then the invitation shows the error until it is replaced', async () => {
    const email = someAddress()
    server.answers = { recipient: [550, '5.1.1 No such mailbox here'] }
    const { body } = await invite(email)
    const failed = await eventually(
      async () => {
        const invitation = (await readInvitation(body.id)).body
        expect(invitation.status).toBe('failed')
        return invitation
      },
      { limitMs: 60_000 },
    )
    expect(failed).toMatchObject({ sentAt: null, expiresAt: null })
    expect(failed.failedReason).toContain('No such mailbox here')

    server.answers = {}
    const renewed = await invite(email)

    expect(renewed.body).toMatchObject({ status: 'pending', failedReason: null, userId: body.userId })
    expect((await accept(tokenIn((await mailTo(email)).text))).status).toBe(201)
    expect(mailsTo(email)).toHaveLength(1)
  })

  it('When the server is unavailable, then the invitation waits, and the mail is sent when the server is available again', async () => {
    const email = someAddress()
    const { port } = server
    await server.stop()

    const { status, body } = await invite(email)
    expect(status).toBe(201)
    const owed = () =>
      system.main.log.filter(({ event, subject }) => event === 'outbox.not-delivered' && subject === body.id)
    await eventually(() => expect(owed().length).toBeGreaterThan(0), { limitMs: 60_000 })
    expect((await readInvitation(body.id)).body).toMatchObject({ status: 'pending', sentAt: null })
    expect((await send('GET', `${system.mainUrl}/readyz`)).status).toBe(200)
    server = await startMailServer(plain, port)

    expect((await accept(tokenIn((await mailTo(email, 20_000)).text))).status).toBe(201)
  })

  it('When main-service is killed while it sends, then another mail is sent, and the link in the last mail works', async () => {
    const email = someAddress()
    const taken: string[] = []
    const { port } = server
    await server.stop()
    // The server accepts the mail, but its response is lost.
    server = await startMailServer(
      { ...plain, onData: (stream) => stream.on('data', (part) => taken.push(String(part))) },
      port,
    )
    const { body } = await invite(email)
    await eventually(() => expect(taken.join('')).toContain('token'), { limitMs: 60_000 })
    await system.main.kill()
    await server.stop()
    server = await startMailServer(plain, port)
    // The mail is leased to the process that died, so no other process sends it until the lease has expired.
    const lease = await runStatement(
      system.mainDbUrl,
      `SELECT due_at > now() + interval '20 seconds' AS lasts FROM outbox WHERE subject = $1`,
      [body.id],
    )
    expect(lease).toEqual([{ lasts: true }])
    await system.restart('main-service')
    expect(mailsTo(email)).toEqual([])
    await runStatement(system.mainDbUrl, 'UPDATE outbox SET due_at = now() WHERE subject = $1', [body.id])

    const last = tokenIn((await mailTo(email, 10_000)).text)

    const first = tokenIn(taken.join('').replace(/=\r\n/g, '').replaceAll('=3D', '='))
    expect(first).not.toBe(last)
    expect(problem(await accept(first))).toEqual([404, 'invitation-invalid'])
    expect((await accept(last)).body.user.id).toBe(body.userId)
  })
})

describe('Invitations in a folder', () => {
  beforeAll(async () => {
    system = await sharedSystem()
    admin = await logInAdministrator(system)
  })

  it('When a user is invited in development, then the mail with the link is in the folder', async () => {
    const email = someAddress()
    const { body } = await invite(email)
    const mail = await eventually(
      async () => {
        const [first] = await readMails(system.mailFolder, email)
        if (first === undefined) throw new Error('There is no mail yet')
        return first
      },
      { limitMs: 60_000 },
    )

    const token = tokenIn(mail)
    expect(mail).toContain(`curl -sS ${system.authUrl}/api/v1/auth/invitations/accept`)
    expect(mail).toContain(`{"token":"${token}",`)
    const accepted = await accept(token)
    expect([accepted.status, accepted.body.user.id]).toEqual([201, body.userId])
    expect((await logIn(email)).status).toBe(200)
  })
})
