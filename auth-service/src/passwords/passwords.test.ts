import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'

import type { Passwords } from './passwords.ts'

const argon2 = await import('@node-rs/argon2')
const verify = jest.fn(argon2.verify)
jest.unstable_mockModule('@node-rs/argon2', () => ({ ...argon2, verify }))
const { createPasswords } = await import('./passwords.ts')

const nfc = 'caf\u00E9 \u00E5 la cr\u00E8me'
const nfd = nfc.normalize('NFD')

let passwords: Passwords
beforeAll(async () => {
  passwords = await createPasswords(2)
})
beforeEach(() => {
  verify.mockReset()
  verify.mockImplementation(argon2.verify)
})

it("When a password is hashed, then the hash is argon2id with OWASP's parameters and a new salt", async () => {
  const [first, second] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(first).not.toBe(second)
})

it('When many passwords are checked, then only the given number of hashes is computed at once', async () => {
  const stored = await passwords.hash('correct horse')
  let [running, most] = [0, 0]
  verify.mockImplementation(async (...given: Parameters<typeof argon2.verify>) => {
    most = Math.max(most, ++running)
    return argon2.verify(...given).finally(() => running--)
  })

  const checks = Array.from({ length: 6 }, (_, index) =>
    passwords.matches(index === 3 ? 'correct horse' : 'no', stored),
  )
  expect(await Promise.all(checks)).toEqual([false, false, false, true, false, false])
  expect(most).toBe(2)

  verify.mockRejectedValueOnce(new Error('no memory'))
  const failing = Array.from({ length: 4 }, () => passwords.matches('correct horse', stored).catch(() => 'failed'))
  expect((await Promise.all(failing)).toSorted()).toEqual(['failed', true, true, true])
})

describe('When a password is checked', () => {
  it('then a password in another normalisation form or with compatibility forms matches', async () => {
    expect(await passwords.matches(nfc, await passwords.hash(nfd))).toBe(true)
    expect(await passwords.matches(nfd, await passwords.hash(nfc))).toBe(true)
    expect(await passwords.matches('Ｐａｓｓｗｏｒｄ１２', await passwords.hash('Password12'))).toBe(true)
    expect(await passwords.matches('password12', await passwords.hash('Password12'))).toBe(false)
  })

  it('then a password that was set before passwords were normalised still matches as typed', async () => {
    const old = await argon2.hash(nfd)
    expect(await passwords.matches(nfd, old)).toBe(true)
    expect(await passwords.matches(`${nfd}!`, old)).toBe(false)
  })

  it.each([
    ['an ordinary password', 'correct horse', 1],
    ['a password that is not normalised', nfd, 2],
  ])('then %s costs the same with an account, without one, and without a password', async (_what, typed, cost) => {
    for (const passwordHash of [await passwords.hash('another one'), undefined, null]) {
      verify.mockClear()
      expect(await passwords.matches(typed, passwordHash)).toBe(false)
      expect(verify).toHaveBeenCalledTimes(cost)
    }
  })
})
