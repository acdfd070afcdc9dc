import { createHash } from 'node:crypto'

import { emailKey } from '@likeness/service-kit'

import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'
import { openSession, type Client } from '../sessions/open-session.ts'

interface Login {
  email: string
  password: string
  deviceToken?: string | undefined
}

/** @throws {Problem} 401 `invalid-credentials`, 403 `account-suspended`, 429 `too-many-attempts`. */
export async function logIn(context: Context, { email, password, deviceToken }: Login, client: Client) {
  const { directory, passwords, deviceTokens } = context
  const device = deviceTokens.recognise(deviceToken, email)
  const guessKeys = [device ? `device:${device}` : `email:${hashOf(emailKey(email))}`]

  const account = await directory.findCredentials(email, guessKeys)
  const isRight = await passwords.matches(password, account?.passwordHash)
  if (!account || !isRight) throw authProblems.invalidCredentials()
  if (account.status === 'suspended') throw authProblems.accountSuspended()
  await directory.forgetGuesses(guessKeys)

  const tokens = await openSession(context, account.userId, client)
  return { ...tokens, deviceToken: device && deviceToken ? deviceToken : deviceTokens.make(email) }
}

const hashOf = (value: string) => createHash('sha256').update(value).digest('hex')
