import { createHash, randomBytes } from 'node:crypto'

import { problems, type Problem } from '../process/problem.ts'

/** The prefix of every API key, by which secret scanners, the logger and the services recognise a key. */
const PREFIX = 'key_'

/** `key_` and 256 random bits in base64url. */
export const apiKeyPattern = /^key_[\w-]{43}$/

/** Whether a bearer token has the form of an API key. The key may still be invalid. */
export const looksLikeApiKey = (bearer: string): boolean => bearer.startsWith(PREFIX)

export const makeApiKey = (): string => PREFIX + randomBytes(32).toString('base64url')

/**
 * The hexadecimal SHA-256 of a key. maindb stores it, and services cache keys by it. A fast hash is enough, because 256
 * random bits cannot be guessed.
 */
export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex')

const refusals = new Map<unknown, () => Problem>(
  [problems.keyInvalid, problems.keyRevoked, problems.keyExpired, problems.keyMakerInactive].map((make) => [
    make().code,
    make,
  ]),
)

/** The problem for the code with which another service rejected a key; undefined for any other code. */
export const keyRefusal = (code: unknown): Problem | undefined => refusals.get(code)?.()
