import { clientNetwork } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { openSession, type Client } from '../sessions/open-session.ts'
import type { TokenAnswer } from '../tokens/token-answer.ts'

interface Registration {
  email: string
  password: string
  name: string
}

/** @throws {Problem} 403 `registration-closed`, 409 `email-taken`, 429 `too-many-attempts`, 503 `overloaded`. */
export async function register(
  context: Context,
  { email, password, name }: Registration,
  client: Client,
): Promise<TokenAnswer> {
  const { directory, passwords, passwordQueue, deviceTokens } = context
  const passwordHash = await passwordQueue({
    keys: [`registration:${clientNetwork(client.address)}`],
    isKnown: false,
    async run() {
      await directory.admitRegistration(email)
      return passwords.hash(password)
    },
  })
  const { userId } = await directory.register({ email, name, passwordHash })
  return { ...(await openSession(context, userId, client)), deviceToken: deviceTokens.make(email) }
}
