import type { Context } from '../context.ts'
import { openSession, type Client } from '../sessions/open-session.ts'
import type { TokenAnswer } from '../tokens/token-answer.ts'

interface Registration {
  email: string
  password: string
  name: string
}

/** @throws {Problem} 403 `registration-closed`, 409 `email-taken`. */
export async function register(
  context: Context,
  { email, password, name }: Registration,
  client: Client,
): Promise<TokenAnswer> {
  const { directory, passwords, deviceTokens } = context
  const { userId } = await directory.register({ email, name, passwordHash: await passwords.hash(password) })
  return { ...(await openSession(context, userId, client)), deviceToken: deviceTokens.make(email) }
}
