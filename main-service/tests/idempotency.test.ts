import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Response } from 'supertest'
import { uuidv7 } from 'uuidv7'

import { eraseRemainingData } from '../src/erasure/erasure-rows.ts'
import { startMain, type Client, type MainUnderTest } from './main-under-test.ts'

let main: MainUnderTest
let admin: Client

beforeAll(async () => {
  main = await startMain()
  admin = await main.logInAdministrator()
})
afterAll(() => main?.stop())

/** What the response says about the request: 201, 201 repeated, or the code of its problem. */
const outcome = ({ status, headers, body }: Response) =>
  status === 201 ? (headers['idempotency-replayed'] === 'true' ? 'repeated' : 'created') : body.code

/** An API key of the administrator with these permissions. */
const keyWith = (...permissions: string[]) => main.as(admin.id, { permissions, key: uuidv7() })

/** A function that sends the same request with the same Idempotency-Key for any client. */
function oneRequest() {
  const body = { email: `${uuidv7()}@example.com`, name: 'Once', roles: ['admin'] }
  const headers = { 'Idempotency-Key': uuidv7() }
  return async (client: Client) => outcome(await client.send('post', '/users', body, headers))
}

describe('When two credentials of one person send the same request with the same Idempotency-Key', () => {
  it('then an API key does not get the response that its creator got', async () => {
    const send = oneRequest()
    expect(await send(admin)).toBe('created')

    expect(await send(keyWith('users:create'))).toBe('grant-exceeds-own')
    expect(await send(keyWith('*'))).toBe('email-taken')
  })

  it('then the creator does not get the response that the key got', async () => {
    const send = oneRequest()
    const key = keyWith('*')
    expect(await send(key)).toBe('created')

    expect(await send(admin)).toBe('email-taken')
    expect(await send(key)).toBe('repeated')
  })

  it('then a key does not get the response that another key got', async () => {
    const send = oneRequest()
    expect(await send(keyWith('*'))).toBe('created')

    expect(await send(keyWith('*'))).toBe('email-taken')
  })
})

describe('When one credential sends the same request with the same Idempotency-Key', () => {
  it('then it gets the first response after a refresh of its token, and after a new login', async () => {
    const send = oneRequest()
    const sid = uuidv7()
    const withToken = (session: string) => main.as(admin.id, { permissions: ['*'], sid: session })
    expect(await send(withToken(sid))).toBe('created')

    expect(await send(withToken(sid))).toBe('repeated')
    expect(await send(withToken(uuidv7()))).toBe('repeated')
  })

  it('then an API key gets the first response with another token for the key', async () => {
    const send = oneRequest()
    const key = uuidv7()
    const withToken = () => main.as(admin.id, { permissions: ['*'], key })
    expect(await send(withToken())).toBe('created')

    expect(await send(withToken())).toBe('repeated')
  })
})

it('When a user is erased, then the responses to their API keys are deleted too', async () => {
  const { id } = await main.register('Erased')
  const key = main.as(id, { permissions: ['*'], key: uuidv7() })
  await key.send('post', '/roles', { name: 'of the erased' }, { 'Idempotency-Key': 'erased' })
  const stored = async () => (await main.context.maindb.rows(`SELECT FROM idempotency_key WHERE key = 'erased'`)).length
  expect(await stored()).toBe(1)

  await main.context.maindb.rows('DELETE FROM users WHERE id = :id', { id })
  await eraseRemainingData(main.context.maindb, id, 'erased@example.com')

  expect(await stored()).toBe(0)
})
