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

/** @param hashesAtOnce hashes that are computed at once. The others wait, in order; `PasswordQueue` limits their number. */
export async function createPasswords(hashesAtOnce: number): Promise<Passwords> {
  const inTurn = createTurns(hashesAtOnce)
  const nobodysHash = await hash(randomBytes(32).toString('base64'), options)
  return {
    hash: (password) => inTurn(() => hash(normalPassword(password), options)),
    async matches(password, passwordHash) {
      for (const form of new Set([normalPassword(password), password])) {
        const isRight = await inTurn(() => verify(passwordHash ?? nobodysHash, form))
        if (isRight) return typeof passwordHash === 'string'
      }
      return false
    },
  }
}

/** A function that runs at most `atOnce` works at once. */
function createTurns(atOnce: number): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (run) => {
    // A work that ends passes its turn on, so `running` does not change for the next one.
    if (running < atOnce) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const startNext = waiting.shift()
      if (startNext) startNext()
      else running--
    }
  }
}
