import { randomBytes } from 'node:crypto'

import { normalPassword } from '@likeness/internal-api'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's second recommendation for argon2id (the package's default variant): 19 MiB, 2 passes. About 10 ms of one core. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface Passwords {
  hash(password: string): Promise<string>
  /**
   * Takes the same time for an account that does not exist or has no password, so that the duration does not reveal which
   * addresses have an account. A password that differs from its normalised form is also checked as typed, because older
   * hashes were made from the typed form.
   */
  matches(password: string, passwordHash: string | null | undefined): Promise<boolean>
}

export async function createPasswords(): Promise<Passwords> {
  const nobodysHash = await hash(randomBytes(32).toString('base64'), options)
  return {
    hash: (password) => hash(normalPassword(password), options),
    async matches(password, passwordHash) {
      for (const form of new Set([normalPassword(password), password])) {
        const isRight = await verify(passwordHash ?? nobodysHash, form)
        if (isRight) return typeof passwordHash === 'string'
      }
      return false
    },
  }
}
