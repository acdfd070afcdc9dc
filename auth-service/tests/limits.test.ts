import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually, patiently, readMails, tokenIn, type Answer } from '@likeness/test-kit'

import { startAuth, type AuthUnderTest, type Registered } from './auth-under-test.ts'

const FAILURES = 9

let auth: AuthUnderTest

beforeAll(async () => {
  auth = await startAuth({}, { LOGIN_FAILURES_PER_ADDRESS: String(FAILURES), REGISTRATIONS_PER_ADDRESS: '10' })
})
afterAll(() => auth?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).toSorted()

let networks = 0
/** A network address that no other test uses. */
const newAddress = () => `203.0.113.${++networks}`
/** Sends a request from this address, as a reverse proxy on this machine would forward it. */
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

const wrong = 'not the password'
let unknown = 0
const guess = (address: string, email = `nobody-${++unknown}@example.com`) =>
  patiently(() => auth.post('/auth/login', { email, password: wrong }, from(address)))
const logIn = ({ email, password }: Registered, address: string, more: object = {}) =>
  patiently(() => auth.post('/auth/login', { email, password, ...more }, from(address)))
function register(address: string) {
  const body = { email: `new-${++unknown}@example.com`, password: 'a long enough password', name: 'Ada' }
  return patiently(() => auth.post('/auth/register', body, from(address)))
}
/** A user who registered from an address that no other test uses. */
const person = () => auth.register(from(newAddress()))
const people = (count: number) => Promise.all(Array.from({ length: count }, person))

describe('When one network address guesses at many accounts', () => {
  it('then the tenth guess is rejected with Retry-After, whether the accounts exist or not', async () => {
    const victims = await people(5)
    const address = newAddress()
    for (const victim of victims) expect(problem(await guess(address, victim.email))[0]).toBe(401)
    for (let count = 0; count < 4; count++) expect(problem(await guess(address))[0]).toBe(401)

    const [known, alien] = [await guess(address, victims[0]?.email), await guess(address)]

    for (const rejected of [known, alien]) {
      expect(problem(rejected)).toEqual([429, 'too-many-attempts'])
      expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(800)
      expect(Number(rejected.headers.get('retry-after'))).toBeLessThanOrEqual(900)
    }
    expect((await guess(newAddress())).status).toBe(401)
  })

  it('then concurrent guesses do not pass the limit', async () => {
    const address = newAddress()
    const answers = await Promise.all(Array.from({ length: 40 }, () => guess(address)))

    expect(answers.filter(({ status }) => status === 401)).toHaveLength(FAILURES)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - FAILURES)
  })

  it('then all addresses of a /64 count as one', async () => {
    for (let host = 1; host <= FAILURES; host++) expect((await guess(`2001:db8:1:1::${host}`)).status).toBe(401)

    expect((await guess('2001:db8:1:1:ffff::1')).status).toBe(429)
    expect((await guess('2001:db8:1:2::1')).status).toBe(401)
  })

  it('then a device that has logged in before can still log in from the address, and other devices cannot', async () => {
    const ada = await person()
    const { deviceToken } = ada.tokens
    const address = newAddress()
    for (let count = 0; count < FAILURES; count++) await guess(address)

    expect(problem(await logIn(ada, address))).toEqual([429, 'too-many-attempts'])
    expect((await logIn(ada, address, { deviceToken })).status).toBe(200)
  })

  it('then a login with an own account does not give the address more guesses', async () => {
    const own = await person()
    const address = newAddress()
    for (let count = 0; count < 4; count++) await guess(address)
    for (let count = 0; count < 3; count++) expect((await logIn(own, address)).status).toBe(200)
    const logins = await Promise.all(Array.from({ length: 4 }, () => logIn(own, address)))
    expect(statuses(logins)).toEqual([200, 200, 200, 200])

    for (let count = 4; count < FAILURES; count++) expect((await guess(address)).status).toBe(401)
    expect((await guess(address)).status).toBe(429)
  })

  it('then a rejected guess at a locked account does not count for the address', async () => {
    const ada = await person()
    for (let count = 0; count < 10; count++) await guess(newAddress(), ada.email)
    const address = newAddress()
    const rejected = await Promise.all(Array.from({ length: 20 }, () => guess(address, ada.email)))
    expect(new Set(statuses(rejected))).toEqual(new Set([429]))

    for (let count = 0; count < FAILURES; count++) expect((await guess(address)).status).toBe(401)
  })
})

describe('When the users of an office share a network address', () => {
  it('then many of them can log in at the same time', async () => {
    const office = await people(12)
    const address = newAddress()

    const answers = await Promise.all([...office, ...office].map((colleague) => logIn(colleague, address)))

    expect(new Set(statuses(answers))).toEqual(new Set([200]))
  })

  it('then users who mistype and then log in do not lock out the others', async () => {
    const office = await people(5)
    const address = newAddress()
    for (const colleague of office) {
      for (let count = 0; count < 3; count++) expect((await guess(address, colleague.email)).status).toBe(401)
      expect((await logIn(colleague, address)).status).toBe(200)
    }
  })
})

it('When too many registrations come from one network address, then further ones are rejected with Retry-After', async () => {
  const address = newAddress()
  const answers = await Promise.all(Array.from({ length: 15 }, () => register(address)))

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10)
  const rejected = answers.filter(({ status }) => status !== 201)
  expect(new Set(rejected.map((answer) => problem(answer).join()))).toEqual(new Set(['429,too-many-attempts']))
  expect(Number(rejected[0]?.headers.get('retry-after'))).toBeGreaterThan(800)
  expect((await register(newAddress())).status).toBe(201)
})

describe('When one network address sends many wrong tokens', () => {
  const wrongTokens: [string, (address: string) => Promise<Answer>, number][] = [
    ['refresh tokens', (address) => auth.post('/auth/refresh', { refreshToken: 'A'.repeat(43) }, from(address)), 401],
    [
      'invitations',
      (address) =>
        auth.post('/auth/invitations/accept', { token: 'A'.repeat(43), password: 'long enough' }, from(address)),
      404,
    ],
    [
      'client secrets',
      (address) =>
        auth.requestToken(
          { grant_type: 'client_credentials', client_id: 'main-service', client_secret: 'wrong' },
          from(address).headers,
        ),
      401,
    ],
  ]

  it.each(wrongTokens)(
    'then further wrong %s are rejected, and right tokens are accepted',
    async (_what, send, status) => {
      const ada = await person()
      const address = newAddress()
      const answers = await Promise.all(Array.from({ length: 101 }, () => send(address)))
      expect(answers.filter((answer) => answer.status === status)).toHaveLength(100)

      for (const [, sendOther] of wrongTokens) {
        const rejected = await sendOther(address)
        expect(problem(rejected)).toEqual([429, 'too-many-attempts'])
        expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(800)
      }
      const { refreshToken } = ada.tokens
      expect((await auth.post('/auth/refresh', { refreshToken }, from(address))).status).toBe(200)
      expect((await logIn(ada, address)).status).toBe(200)
      const service = { grant_type: 'client_credentials', client_id: 'main-service' }
      const secret = { client_secret: 'main-service-development-secret' }
      expect((await auth.requestToken({ ...service, ...secret }, from(address).headers)).status).toBe(200)
      expect((await send(newAddress())).status).toBe(status)
    },
  )
})

it('When an invited user accepts from an address with too many wrong tokens, then the invitation is accepted', async () => {
  const address = newAddress()
  const accept = (token: string) =>
    auth.post('/auth/invitations/accept', { token, password: 'a long enough password' }, from(address))
  const admin = await auth.logInAdministrator()
  await auth.main('POST', '/users/invitations', { token: admin, body: { email: 'guest@example.com', roles: ['user'] } })
  const mail = await eventually(
    async () => {
      const [first] = await readMails(auth.mailFolder, 'guest@example.com')
      if (first === undefined) throw new Error('There is no mail yet')
      return first
    },
    { limitMs: 60_000 },
  )
  await Promise.all(Array.from({ length: 101 }, () => accept('A'.repeat(43))))

  expect((await accept('A'.repeat(43))).status).toBe(429)
  expect((await accept(tokenIn(mail))).status).toBe(201)
})
