import { setTimeout as pause } from 'node:timers/promises'

import { beforeEach, describe, expect, it } from '@jest/globals'

import { problems } from '../process/problem.ts'
import { keyRefusal, makeApiKey } from './api-key.ts'
import { createKeyTokens, type KeyTokens } from './key-tokens.ts'

let exchanged: string[]
/** The outcome of an exchange: a token that lasts this many seconds, or a problem. */
let outcome: number | Error
let tokens: KeyTokens

beforeEach(() => {
  exchanged = []
  outcome = 900
  tokens = createKeyTokens(async (key) => {
    exchanged.push(key)
    const token = `token ${exchanged.length}`
    await pause(5)
    if (outcome instanceof Error) throw outcome
    return { token, expiresIn: outcome }
  })
})

const codeOf = async (answer: Promise<unknown>) => answer.then(String, ({ code }: { code: string }) => code)

describe('Tokens for API keys', () => {
  it('When a key is used again, then its token is cached; another key has its own token', async () => {
    const [one, other] = [makeApiKey(), makeApiKey()]

    expect(await tokens.tokenFor(one)).toBe('token 1')
    expect(await tokens.tokenFor(one)).toBe('token 1')
    expect(await tokens.tokenFor(other)).toBe('token 2')
    expect(await tokens.tokenFor(one)).toBe('token 1')
    expect(exchanged).toEqual([one, other])
  })

  it('When a key is used many times concurrently, then it is exchanged once', async () => {
    const key = makeApiKey()
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.tokenFor(key)))

    expect(new Set(all)).toEqual(new Set(['token 1']))
    expect(exchanged).toEqual([key])
  })

  it('When the token of a key was rejected, then another token is requested once for all concurrent callers', async () => {
    const key = makeApiKey()
    const stale = await tokens.tokenFor(key)

    const renewed = await Promise.all(Array.from({ length: 10 }, () => tokens.tokenFor(key, { rejectedToken: stale })))

    expect(new Set(renewed)).toEqual(new Set(['token 2']))
    expect(await tokens.tokenFor(key, { rejectedToken: stale })).toBe('token 2')
    expect(await tokens.tokenFor(key)).toBe('token 2')
    expect(exchanged).toHaveLength(2)
  })

  it('When a key is rejected, then it is not exchanged again for a while', async () => {
    const key = makeApiKey()
    outcome = problems.keyInvalid()

    expect(await codeOf(tokens.tokenFor(key))).toBe('key-invalid')
    outcome = 900
    expect(await codeOf(tokens.tokenFor(key))).toBe('key-invalid')
    expect(exchanged).toHaveLength(1)
    expect(await tokens.tokenFor(makeApiKey())).toBe('token 2')
  })

  it.each(['key_', 'key_short', `${makeApiKey()}x`, 'key_..............................................'])(
    'When %s does not have the format of a key, then it is rejected without an exchange',
    async (key) => {
      expect(await codeOf(tokens.tokenFor(key))).toBe('key-invalid')
      expect(exchanged).toEqual([])
    },
  )

  it('When auth-service is unavailable, then the next request exchanges the key again', async () => {
    const key = makeApiKey()
    outcome = problems.unavailable('auth-service')

    expect(await codeOf(tokens.tokenFor(key))).toBe('auth-service-unavailable')
    outcome = 900
    expect(await tokens.tokenFor(key)).toBe('token 2')
  })

  it('When a token is about to expire and auth-service is unavailable, then the token is used until it expires', async () => {
    const key = makeApiKey()
    outcome = 1
    await tokens.tokenFor(key)
    await pause(600)
    outcome = problems.unavailable('auth-service')

    expect(await tokens.tokenFor(key)).toBe('token 1')
    expect(exchanged).toHaveLength(2)
    await pause(500)
    expect(await codeOf(tokens.tokenFor(key))).toBe('auth-service-unavailable')
  })

  it('When a rejected token cannot be replaced, then it is not used again', async () => {
    const key = makeApiKey()
    const stale = await tokens.tokenFor(key)
    outcome = problems.unavailable('auth-service')

    expect(await codeOf(tokens.tokenFor(key, { rejectedToken: stale }))).toBe('auth-service-unavailable')
    outcome = problems.keyMakerInactive()
    expect(await codeOf(tokens.tokenFor(key, { rejectedToken: stale }))).toBe('key-maker-inactive')
    expect(await codeOf(tokens.tokenFor(key))).toBe('key-maker-inactive')
  })

  it('When a network has sent 300 wrong keys, then it can only use keys that are known; other networks can use any', async () => {
    const network = '192.0.2.1'
    const known = makeApiKey()
    await tokens.tokenFor(known, { network })
    outcome = problems.keyInvalid()
    const guess = () => tokens.tokenFor(makeApiKey(), { network })
    const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf(guess())))
    expect(new Set(codes)).toEqual(new Set(['key-invalid']))

    outcome = 900
    await expect(guess()).rejects.toMatchObject({ status: 429, code: 'too-many-requests' })
    expect(await tokens.tokenFor(known, { network })).toBe('token 1')
    expect(await tokens.tokenFor(makeApiKey(), { network: '192.0.2.2' })).toBe('token 302')
  })

  it('When keys are right, then any number of them can be exchanged at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 1_000 }, () => codeOf(tokens.tokenFor(makeApiKey(), { network: '192.0.2.1' }))),
    )
    expect(all.every((token) => token.startsWith('token '))).toBe(true)
  })
})

it('When another service rejects a key, then only the problem codes for keys are passed on', () => {
  expect(keyRefusal('key-revoked')).toMatchObject({ status: 401, code: 'key-revoked' })
  for (const code of ['token-invalid', 'constructor', undefined, null, 7]) expect(keyRefusal(code)).toBeUndefined()
})
