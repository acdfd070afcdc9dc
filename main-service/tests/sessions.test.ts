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

/** Changes times in the database, as if time had passed. */
const age = (statement: string, id: string) => main.context.maindb.rows(statement, { id })

describe('opening a session', () => {
  it('When a session is opened, then the answer contains the user and the claims for the token', async () => {
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

  it('When a grant expires in the year 2099, then the user can log in', async () => {
    const admin = await main.logInAdministrator()
    const { id: userId } = await main.register('Until 2099')
    const expiresAt = '2099-12-31T00:00:00.000Z'
    expect((await admin.send('post', `/users/${userId}/roles/editor`, { expiresAt })).status).toBe(200)

    const answer = await main.auth.send('post', '/sessions', { id: uuidv7(), userId, refreshTokenHash: tokenHash() })
    expect(answer.status).toBe(201)
    expect(Math.abs(answer.body.secondsLeft - (Date.parse(expiresAt) - Date.now()) / 1_000)).toBeLessThan(5)
  })

  it('When an access token is used on /internal, then it is rejected', async () => {
    const administrator = main.tokens.userToken({ permissions: ['*'] })
    const answer = await main.auth.send('post', '/sessions', {}, { Authorization: `Bearer ${administrator}` })

    expect(answer.status).toBe(401)
  })
})

describe('rotating refresh tokens', () => {
  it('When a token is exchanged, then its successor can be exchanged too', async () => {
    const { first, rotate, id } = await open('Rotating')
    const [second, third] = [tokenHash(), tokenHash()]

    expect((await rotate(first, second)).body.sessionId).toBe(id)
    expect((await rotate(second, third)).status).toBe(200)
    expect((await main.auth.send('post', '/refresh-tokens/lookup', { hash: first })).body).toEqual({ sessionId: id })
  })

  it('When the same token is used many times at once, then all get the same answer, and there is one successor', async () => {
    const { first, rotate, id } = await open('Impatient')
    const second = tokenHash()

    const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(first, second)))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const unused = await main.context.maindb.rows(
      'SELECT token_hash AS hash FROM refresh_token WHERE session_id = :id AND spent_at IS NULL',
      { id },
    )
    expect(unused).toEqual([{ hash: second }])
  })

  it('When the predecessor of a used token is used again, then the session ends', async () => {
    const { first, rotate } = await open('Robbed')
    const [second, third] = [tokenHash(), tokenHash()]
    await rotate(first, second)
    await rotate(second, third)

    expect((await rotate(first, second)).body.code).toBe('refresh-token-reused')
    expect((await rotate(third, tokenHash())).body.code).toBe('session-ended')
  })

  it('When a used token is used again after more than ten seconds, then the session ends', async () => {
    const { first, rotate, id } = await open('Late')
    const second = tokenHash()
    await rotate(first, second)
    await age(`UPDATE refresh_token SET spent_at = spent_at - interval '11 seconds' WHERE session_id = :id`, id)

    expect((await rotate(first, second)).body.code).toBe('refresh-token-reused')
  })

  it('When a session was idle for too long or is too old, then it has ended', async () => {
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
  it('When all sessions except one are ended, then this one continues', async () => {
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

  it('When a session is ended twice, then nothing else happens; when it belongs to another user, then the answer is 404', async () => {
    const one = await open('One')
    const other = await open('Other')

    expect((await main.auth.send('delete', `/users/${other.userId}/sessions/${one.id}`)).status).toBe(404)
    expect((await main.auth.send('delete', `/users/${one.userId}/sessions/${one.id}`)).status).toBe(204)
    expect((await main.auth.send('delete', `/sessions/${one.id}`)).status).toBe(204)
  })

  it('When the password changes after its check, then no session is opened with the old password', async () => {
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

  it('When several clients change the password at once, then only one of them succeeds', async () => {
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

  it('When sessions have ended more than 30 days ago, then housekeeping deletes them with their tokens', async () => {
    const { id, first } = await open('Forgotten')
    await main.auth.send('delete', `/sessions/${id}`)
    await age(`UPDATE sessions SET ended_at = now() - interval '31 days' WHERE id = :id`, id)

    expect((await deleteExpiredRows(main.context.maindb, main.context.environment.AUDIT_DAYS)).sessions).toBe(1)
    expect((await main.auth.send('post', '/refresh-tokens/lookup', { hash: first })).status).toBe(404)
  })
})

describe('guessing passwords', () => {
  it('When a key has had ten attempts, then the answer is 429, also for an unknown address, until the count is reset', async () => {
    const { email } = await main.register('Guessed')
    const guessKeys = ['address:192.0.2.1', 'account:guessed']
    const ask = (asked: string) => main.auth.send('post', '/credentials', { email: asked, guessKeys })
    for (let count = 0; count < 10; count++) expect((await ask(email)).status).toBe(200)

    const refused = await ask('nobody@example.com')
    expect([refused.status, refused.body.code]).toEqual([429, 'too-many-attempts'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(880)

    await main.auth.send('post', '/guesses/forget', { guessKeys })
    expect((await ask('nobody@example.com')).body.passwordHash).toBeNull()
  })

  it('When the window has ended, then counting starts again', async () => {
    const guessKeys = ['account:patient']
    const attempt = () => main.auth.send('post', '/credentials', { email: 'patient@example.com', guessKeys })
    for (let count = 0; count < 10; count++) await attempt()
    await age(`UPDATE guess SET window_started_at = now() - interval '16 minutes' WHERE key = :id`, 'account:patient')

    expect((await attempt()).status).toBe(200)
    expect(await main.context.maindb.row("SELECT failures FROM guess WHERE key = 'account:patient'")).toEqual({
      failures: 1,
    })
  })
})

it('When names are requested, then unknown and deleted users are omitted', async () => {
  const { id } = await main.register('Named')
  const { id: deletedId } = await main.register('Unnamed')
  await main.withPermissions('*').send('delete', `/users/${deletedId}`)

  const { body } = await main.auth.send('post', '/users/names', { ids: [id, deletedId, uuidv7()] })

  expect(body).toEqual({ data: [{ id, name: 'Named' }] })
})
