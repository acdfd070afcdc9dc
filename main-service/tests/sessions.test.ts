import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { deleteExpiredRows } from '../src/housekeeping/delete-expired-rows.ts'
import { startMain, tokenHash, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest

beforeAll(async () => {
  main = await startMain()
})
afterAll(() => main?.stop())

async function open(name: string) {
  const user = await main.register(name)
  const first = tokenHash()
  const id = uuidv7()
  const answer = await main.auth.send('post', '/sessions', { id, userId: user.id, refreshTokenHash: first })
  const rotate = (spentHash: string, successorHash: string) =>
    main.auth.send('post', `/sessions/${id}/rotate`, { spentHash, successorHash })
  return { id, userId: user.id, first, answer, rotate }
}

/** Lets time pass for what is in the database. */
const age = (statement: string, id: string) => main.context.maindb.rows(statement, { id })

describe('opening a session', () => {
  it('When a session opens, then the answer says who it is and what their token may say', async () => {
    const { answer, id, userId } = await open('Opened')

    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      sessionId: id,
      user: { id: userId, name: 'Opened', roles: ['user'], lastLoginAt: expect.any(String) },
      claims: { roles: ['user'], email: 'opened@example.com', epoch: 0 },
    })
    expect(answer.body.claims.permissions).toContain('media:create')
    expect(Object.values(answer.body.claims.roleEpochs)).toEqual([0])
  })

  it('When a role of theirs lasts until the year 2099, then they log in all the same', async () => {
    const admin = await main.logInAdministrator()
    const { id: userId } = await main.register('Until 2099')
    const expiresAt = '2099-12-31T00:00:00.000Z'
    expect((await admin.send('post', `/users/${userId}/roles/editor`, { expiresAt })).status).toBe(200)

    const answer = await main.auth.send('post', '/sessions', { id: uuidv7(), userId, refreshTokenHash: tokenHash() })
    expect(answer.status).toBe(201)
    expect(Math.abs(answer.body.secondsLeft - (Date.parse(expiresAt) - Date.now()) / 1_000)).toBeLessThan(5)
  })

  it('When a client’s token is used on /internal, then it opens nothing', async () => {
    const administrator = main.tokens.userToken({ permissions: ['*'] })
    const answer = await main.auth.send('post', '/sessions', {}, { Authorization: `Bearer ${administrator}` })

    expect(answer.status).toBe(401)
  })
})

describe('rotating refresh tokens', () => {
  it('When a token is spent, then its successor goes on', async () => {
    const { first, rotate, id } = await open('Rotating')
    const [second, third] = [tokenHash(), tokenHash()]

    expect((await rotate(first, second)).body.sessionId).toBe(id)
    expect((await rotate(second, third)).status).toBe(200)
    expect((await main.auth.send('post', '/refresh-tokens/lookup', { hash: first })).body).toEqual({ sessionId: id })
  })

  it('When the same token comes many times at once, then all get the same answer and one successor', async () => {
    const { first, rotate, id } = await open('Impatient')
    const second = tokenHash()

    const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(first, second)))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const unspent = await main.context.maindb.rows(
      'SELECT token_hash AS hash FROM refresh_token WHERE session_id = :id AND spent_at IS NULL',
      { id },
    )
    expect(unspent).toEqual([{ hash: second }])
  })

  it('When a grandparent comes back, then somebody has stolen it, and the session has ended for both', async () => {
    const { first, rotate } = await open('Robbed')
    const [second, third] = [tokenHash(), tokenHash()]
    await rotate(first, second)
    await rotate(second, third)

    expect((await rotate(first, second)).body.code).toBe('refresh-token-reused')
    expect((await rotate(third, tokenHash())).body.code).toBe('session-ended')
  })

  it('When a parent comes back after more than ten seconds, then the session has ended', async () => {
    const { first, rotate, id } = await open('Late')
    const second = tokenHash()
    await rotate(first, second)
    await age(`UPDATE refresh_token SET spent_at = spent_at - interval '11 seconds' WHERE session_id = :id`, id)

    expect((await rotate(first, second)).body.code).toBe('refresh-token-reused')
  })

  it('When a session was idle or lived too long, then it has ended', async () => {
    const idle = await open('Idle')
    await age(`UPDATE sessions SET last_used_at = now() - interval '31 days' WHERE id = :id`, idle.id)
    const old = await open('Old')
    await age(`UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = :id`, old.id)

    for (const { first, rotate } of [idle, old]) {
      const answer = await rotate(first, tokenHash())
      expect([answer.status, answer.body.code]).toEqual([401, 'session-ended'])
    }
  })
})

describe('ending sessions', () => {
  it('When one of many is ended, then the others go on', async () => {
    const { id, userId, first, rotate } = await open('Many')
    await main.logIn(userId)
    await main.logIn(userId)

    expect((await main.auth.get(`/users/${userId}/sessions`)).body.data).toHaveLength(3)
    expect((await main.auth.send('delete', `/users/${userId}/sessions?except=${id}`)).status).toBe(204)
    expect((await main.auth.get(`/users/${userId}/sessions`)).body.data).toEqual([
      { id, device: null, address: null, createdAt: expect.any(String), lastUsedAt: expect.any(String) },
    ])
    expect((await rotate(first, tokenHash())).status).toBe(200)
  })

  it('When a session is ended twice, then nothing else happens; when it is another’s, then 404', async () => {
    const one = await open('One')
    const other = await open('Other')

    expect((await main.auth.send('delete', `/users/${other.userId}/sessions/${one.id}`)).status).toBe(404)
    expect((await main.auth.send('delete', `/users/${one.userId}/sessions/${one.id}`)).status).toBe(204)
    expect((await main.auth.send('delete', `/sessions/${one.id}`)).status).toBe(204)
  })

  it('When the password changes between its check and the opening, then no session opens by the old one', async () => {
    const { id: userId } = await main.register('Overtaken')
    const logIn = (passwordHash: string) =>
      main.auth.send('post', '/sessions', { id: uuidv7(), userId, refreshTokenHash: tokenHash(), passwordHash })
    expect((await logIn('a hash')).status).toBe(201)
    await main.auth.send('put', `/users/${userId}/password`, { passwordHash: 'another hash' })

    const { status, body } = await logIn('a hash')
    expect([status, body.code]).toEqual([401, 'invalid-credentials'])
    expect((await main.auth.get(`/users/${userId}/sessions`)).body.data).toEqual([])
    expect((await logIn('another hash')).status).toBe(201)
  })

  it('When two who know the password change it at once, then only one of them does', async () => {
    const { id } = await main.register('Twice Known')
    const change = (passwordHash: string) =>
      main.auth.send('put', `/users/${id}/password`, { passwordHash, currentHash: 'a hash' })

    const answers = await Promise.all(['owner', 'thief', 'another'].map((name) => change(`hash of the ${name}`)))
    const codes = answers.map(({ status, body }) => [status, body.code]).toSorted()
    expect(codes).toEqual([
      [204, undefined],
      [403, 'wrong-password'],
      [403, 'wrong-password'],
    ])
  })

  it('When the password changes, then the other sessions end and older tokens are stale', async () => {
    const { id, userId } = await open('Careful')
    await main.logIn(userId)

    const body = { passwordHash: 'another hash', exceptSession: id }
    expect((await main.auth.send('put', `/users/${userId}/password`, body)).status).toBe(204)

    const { data } = (await main.auth.get(`/users/${userId}/sessions`)).body
    expect(data.map((session: { id: string }) => session.id)).toEqual([id])
    expect(
      (await main.auth.send('post', `/users/${userId}/credentials`, { guessKeys: ['any'] })).body.passwordHash,
    ).toBe('another hash')
  })

  it('When sessions are long over, then housekeeping deletes them with their tokens', async () => {
    const { id, first } = await open('Forgotten')
    await main.auth.send('delete', `/sessions/${id}`)
    await age(`UPDATE sessions SET ended_at = now() - interval '31 days' WHERE id = :id`, id)

    expect((await deleteExpiredRows(main.context.maindb, main.context.environment.AUDIT_DAYS)).sessions).toBe(1)
    expect((await main.auth.send('post', '/refresh-tokens/lookup', { hash: first })).status).toBe(404)
  })
})

describe('guessing passwords', () => {
  it('When a key has had ten attempts, then it is told to wait, also for an unknown address, until they are forgotten', async () => {
    const { email } = await main.register('Guessed')
    const guessKeys = ['address:192.0.2.1', 'account:guessed']
    const ask = (asked: string) => main.auth.send('post', '/credentials', { email: asked, guessKeys })
    for (let count = 0; count < 10; count++) expect((await ask(email)).status).toBe(200)

    const refused = await ask('nobody@example.com')
    expect([refused.status, refused.body.code]).toEqual([429, 'too-many-attempts'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(880)

    await main.auth.send('post', '/guesses/forget', { guessKeys })
    expect((await ask('nobody@example.com')).status).toBe(404)
  })

  it('When the window is over, then counting starts again', async () => {
    const guessKeys = ['account:patient']
    const attempt = () => main.auth.send('post', '/credentials', { email: 'patient@example.com', guessKeys })
    for (let count = 0; count < 10; count++) await attempt()
    await age(`UPDATE guess SET window_started_at = now() - interval '16 minutes' WHERE key = :id`, 'account:patient')

    expect((await attempt()).status).toBe(404)
    expect(await main.context.maindb.row("SELECT failures FROM guess WHERE key = 'account:patient'")).toEqual({
      failures: 1,
    })
  })
})

it('When names are asked for, then unknown and deleted users are left out', async () => {
  const { id } = await main.register('Named')
  const { id: deletedId } = await main.register('Unnamed')
  await main.holding('*').send('delete', `/users/${deletedId}`)

  const { body } = await main.auth.send('post', '/users/names', { ids: [id, deletedId, uuidv7()] })

  expect(body).toEqual({ data: [{ id, name: 'Named' }] })
})
