import { createHash, randomBytes } from 'node:crypto'

import { problems, type Problem } from '../process/problem.ts'

/** What every API key begins with, so that scanners of secrets, logs and we ourselves know one by its looks. */
const PREFIX = 'key_'

/** `key_` and 256 random bits in base64url. */
export const apiKeyPattern = /^key_[\w-]{43}$/

/** Whether a bearer says that it is an API key; it may still be none. */
export const looksLikeApiKey = (bearer: string): boolean => bearer.startsWith(PREFIX)

export const makeApiKey = (): string => PREFIX + randomBytes(32).toString('base64url')

/**
 * SHA-256, hexadecimal: what maindb keeps, and what a service remembers a key by. 256 random bits need no slow hash, for
 * nobody guesses them.
 */
export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex')

const refusals = new Map<unknown, () => Problem>(
  [problems.keyInvalid, problems.keyRevoked, problems.keyExpired, problems.keyMakerInactive].map((make) => [
    make().code,
    make,
  ]),
)

/** The problem of a key that was refused, by the code that another service told; undefined where it told none. */
export const keyRefusal = (code: unknown): Problem | undefined => refusals.get(code)?.()
