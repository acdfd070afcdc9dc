import { randomBytes } from 'node:crypto'

import { hash, verify } from '@node-rs/argon2'

/** OWASP's second choice for argon2id (the package's default variant): 19 MiB, two passes. About 10 ms of one core. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for an account that is not there, or has no password, as for one that is. */
  matches(password: string, passwordHash: string | null | undefined): Promise<boolean>
}

export async function createPasswords(): Promise<Passwords> {
  const nobodysHash = await hash(randomBytes(32).toString('base64'), options)
  return {
    hash: (password) => hash(password, options),
    async matches(password, passwordHash) {
      const right = await verify(passwordHash ?? nobodysHash, password)
      return right && typeof passwordHash === 'string'
    },
  }
}
