import { createHash } from 'node:crypto'

import { emailKey } from '@likeness/internal-api'
import { clientNetwork } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import type { Attempt } from '../main-service/directory.ts'
import { authProblems } from '../problems.ts'
import { openSession, type Client } from '../sessions/open-session.ts'
import type { TokenAnswer } from '../tokens/token-answer.ts'

interface Login {
  email: string
  password: string
  deviceToken?: string | undefined
}

/**
 * Checks the password and opens a session. A device that has logged in before has its own count of attempts. The attempts
 * of all other devices are counted for the account and for the network address. A known device also waits less if many
 * passwords are being checked.
 *
 * @throws {Problem} 401 `invalid-credentials`, 403 `account-suspended` or `account-unverified`, 429 `too-many-attempts`,
 *   503 `overloaded`.
 */
export async function logIn(
  context: Context,
  { email, password, deviceToken }: Login,
  client: Client,
): Promise<TokenAnswer> {
  const { deviceTokens, passwordQueue } = context
  const device = deviceTokens.recognise(deviceToken, email)
  const guessKey = device ? `device:${device}` : `email:${hashOf(emailKey(email))}`
  const network = `network:${clientNetwork(client.address)}`
  const { userId, passwordHash } = await passwordQueue({
    keys: device ? [guessKey] : [guessKey, network],
    isKnown: device !== undefined,
    run: () => checkPassword(context, { email, password }, { guessKeys: [guessKey], countsNetwork: !device }),
  })
  const tokens = await openSession(context, userId, client, passwordHash)
  return { ...tokens, deviceToken: device && deviceToken ? deviceToken : deviceTokens.make(email) }
}

/** Makes the same calls and computes the same number of hashes for every address, until the password is known to be right. */
async function checkPassword(
  { directory, passwords }: Context,
  { email, password }: Login,
  attempt: Attempt,
): Promise<{ userId: string; passwordHash: string }> {
  const { userId, status, passwordHash } = await directory.findCredentials(email, attempt)
  const isRight = await passwords.matches(password, passwordHash)
  if (!passwordHash || !isRight) throw authProblems.invalidCredentials()
  // After the password check, so that only a person who knows the password learns the account's status.
  if (status === 'suspended') throw authProblems.accountSuspended()
  if (status === 'unverified') throw authProblems.accountUnverified()
  await directory.forgetAttempt(attempt)
  return { userId, passwordHash }
}

const hashOf = (value: string) => createHash('sha256').update(value).digest('hex')
