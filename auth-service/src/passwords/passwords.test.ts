import { beforeAll, expect, it } from '@jest/globals'
import { newPassword } from '@likeness/internal-api'

import { createPasswords, type Passwords } from './passwords.ts'

let passwords: Passwords
beforeAll(async () => {
  passwords = await createPasswords()
})

it("hashes with argon2id by OWASP's parameters, with a salt of its own each time", async () => {
  const [first, second] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(first).not.toBe(second)
})

it('knows the right password from a wrong one', async () => {
  const hash = await passwords.hash('correct horse')
  expect(await passwords.matches('correct horse', hash)).toBe(true)
  expect(await passwords.matches('Correct horse', hash)).toBe(false)
  expect(await passwords.matches('', hash)).toBe(false)
})

it.each([
  ['no account', undefined],
  ['an account without a password', null],
])('never matches for %s, and verifies a hash all the same', async (_what, hash) => {
  const started = process.cpuUsage()
  expect(await passwords.matches('correct horse', hash)).toBe(false)
  const { user, system } = process.cpuUsage(started)
  // Argon2 with 19 MiB costs at least a few milliseconds of CPU; an early return costs none.
  expect(user + system).toBeGreaterThan(2_000)
})

it.each([
  ['of 9 characters', 'a'.repeat(9), false],
  ['of 10 characters', 'a'.repeat(10), true],
  ['of 128 characters', 'a'.repeat(128), true],
  ['of 129 characters', 'a'.repeat(129), false],
])('judges a new password %s', (_what, password, isTaken) => {
  expect(newPassword.safeParse(password).success).toBe(isTaken)
})
