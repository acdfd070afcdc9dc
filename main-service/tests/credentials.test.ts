import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { runStatement } from '@likeness/test-kit'

import { deleteExpiredRows } from '../src/housekeeping/delete-expired-rows.ts'
import { startMain, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest

beforeAll(async () => {
  main = await startMain({ LOGIN_FAILURES_PER_ADDRESS: '1000' })
})
afterAll(() => main?.stop())
afterEach(() => void jest.restoreAllMocks())

let keys = 0
const ask = (email: string, body: object = {}) =>
  main.auth.send('post', '/credentials', { email, guessKeys: [`test:${++keys}`], countsNetwork: true, ...body })

/** A user with this status. */
async function userWith(status: string): Promise<string> {
  const { id, email } = await main.register(`Status ${status} ${++keys}`)
  await runStatement(main.databaseUrl, 'UPDATE users SET status = $2 WHERE id = $1', [id, status])
  if (status === 'invited')
    await runStatement(main.databaseUrl, 'UPDATE users SET password_hash = NULL WHERE id = $1', [id])
  return email
}

describe('When auth-service asks for the credentials of an address', () => {
  it('then the statements and the form of the response are the same, whether the address is known or not', async () => {
    const { maindb } = main.context
    const known = await userWith('active')
    const addresses = [known, 'nobody@example.com', await userWith('invited'), await userWith('suspended')]
    const [statements, forms]: [string[][], unknown[]] = [[], []]

    for (const email of addresses) {
      const spies = [jest.spyOn(maindb, 'rows'), jest.spyOn(maindb, 'row')]
      const { status, body } = await ask(email)
      const all = spies.flatMap(({ mock }) => mock.calls.map(([statement]) => statement))
      // The service also follows the revocations in the background.
      statements.push(all.filter((statement) => /\b(guess|users)\b/.test(statement)))
      forms.push([status, Object.keys(body)])
      jest.restoreAllMocks()
    }

    expect(statements[0]?.length).toBe(2)
    expect(new Set(statements.map((each) => each.join('; '))).size).toBe(1)
    expect(new Set(forms.map((form) => JSON.stringify(form)))).toEqual(
      new Set([JSON.stringify([200, ['userId', 'status', 'passwordHash']])]),
    )
    const [found, missing] = [(await ask(known)).body, (await ask('nobody@example.com')).body]
    expect([found.passwordHash, missing.passwordHash]).toEqual(['a hash', null])
  })

  it('then an older auth-service, which does not count network addresses, gets the same response', async () => {
    const email = await userWith('active')
    expect((await ask(email, { countsNetwork: undefined })).body).toEqual((await ask(email)).body)
  })
})

describe('When attempts have been counted', () => {
  it('then a rejected attempt writes nothing', async () => {
    const guessKeys = ['email:rejected']
    for (let count = 0; count < 10; count++) expect((await ask('a@example.com', { guessKeys })).status).toBe(200)
    const rows = () => main.context.maindb.rows(`SELECT key, failures, xmin FROM guess ORDER BY key`)
    const before = await rows()

    expect((await ask('a@example.com', { guessKeys })).status).toBe(429)

    expect(await rows()).toEqual(before)
  })

  it('then housekeeping deletes the counts an hour later', async () => {
    await ask('old@example.com', { guessKeys: ['email:old'] })
    await runStatement(
      main.databaseUrl,
      `UPDATE guess SET window_started_at = now() - interval '61 minutes' WHERE key = 'email:old'`,
    )

    expect((await deleteExpiredRows(main.context.maindb, 365)).guesses).toBe(1)
  })

  it('then a correct password takes its failures off the network only if they belong to its current window', async () => {
    const [network] = await main.context.maindb.rows<{ key: string }>(`SELECT key FROM guess WHERE key LIKE 'login:%'`)
    const set = (key: string, failures: number, minutes: number) =>
      runStatement(
        main.databaseUrl,
        `INSERT INTO guess (key, failures, window_started_at) VALUES ($1, $2, now() - $3 * interval '1 minute')
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, window_started_at = excluded.window_started_at`,
        [key, failures, minutes],
      )
    const failuresAfter = async (failures: number, minutes: number) => {
      await set('email:own', failures, minutes)
      await set(network?.key ?? '', 7, 5)
      const body = { guessKeys: ['email:own'], countsNetwork: true }
      expect((await main.auth.send('post', '/guesses/forget', body)).status).toBe(204)
      const [row] = await main.context.maindb.rows<{ failures: number }>(
        'SELECT failures FROM guess WHERE key = :key',
        {
          key: network?.key,
        },
      )
      return row?.failures
    }

    expect(await failuresAfter(4, 3)).toBe(3)
    expect(await failuresAfter(4, 6)).toBe(6)
    expect(await failuresAfter(9, 3)).toBe(0)
    await set(network?.key ?? '', 7, 5)
    await main.auth.send('post', '/guesses/forget', { guessKeys: ['email:own'], countsNetwork: true })
    const [unchanged] = await main.context.maindb.rows(`SELECT failures FROM guess WHERE key LIKE 'login:%'`)
    expect(unchanged).toEqual({ failures: 7 })
  })
})
