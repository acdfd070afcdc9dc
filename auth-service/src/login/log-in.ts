import { createHash } from 'node:crypto'

import { emailKey } from '@likeness/internal-api'

import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'
import { openSession, type Client } from '../sessions/open-session.ts'
import type { TokenAnswer } from '../tokens/token-answer.ts'

interface Login {
  email: string
  password: string
  deviceToken?: string | undefined
}

/** @throws {Problem} 401 `invalid-credentials`, 403 `account-suspended` or `account-unverified`, 429 `too-many-attempts`. */
export async function logIn(
  context: Context,
  { email, password, deviceToken }: Login,
  client: Client,
): Promise<TokenAnswer> {
  const { deviceTokens, attemptQueue } = context
  const device = deviceTokens.recognise(deviceToken, email)
  const guessKey = device ? `device:${device}` : `email:${hashOf(emailKey(email))}`
  const { userId, passwordHash } = await attemptQueue(guessKey, () =>
    checkPassword(context, { email, password, guessKey }),
  )
  const tokens = await openSession(context, userId, client, passwordHash)
  return { ...tokens, deviceToken: device && deviceToken ? deviceToken : deviceTokens.make(email) }
}

async function checkPassword(
  { directory, passwords }: Context,
  { email, password, guessKey }: { email: string; password: string; guessKey: string },
): Promise<{ userId: string; passwordHash: string }> {
  const account = await directory.findCredentials(email, [guessKey])
  const { passwordHash } = account ?? {}
  const isRight = await passwords.matches(password, passwordHash)
  if (!account || !passwordHash || !isRight) throw authProblems.invalidCredentials()
  // After the password check, so that only a person who knows the password learns the account's status.
  if (account.status === 'suspended') throw authProblems.accountSuspended()
  if (account.status === 'unverified') throw authProblems.accountUnverified()
  await directory.forgetGuesses([guessKey])
  return { userId: account.userId, passwordHash }
}

const hashOf = (value: string) => createHash('sha256').update(value).digest('hex')
