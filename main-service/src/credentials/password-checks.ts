import { problemOf, type ServiceAnswer, type ServiceClient } from '@likeness/service-kit/client'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

const hashed = z.object({ passwordHash: z.string() })
const checked = z.object({ matches: z.boolean() })

/**
 * Hashing is auth-service's: its CPU, so that it scales apart.
 *
 * @throws {Problem} 422 for a password that auth-service does not take, 503 when it is away.
 */
export async function hashPassword(authService: ServiceClient, password: string): Promise<string> {
  const answer = await authService.send('POST', '/internal/password-hashes', { body: { password } })
  return read(answer, hashed).passwordHash
}

/** @throws {Problem} 503 when auth-service is away. */
export async function passwordMatches(
  authService: ServiceClient,
  password: string,
  passwordHash: string | null,
): Promise<boolean> {
  const answer = await authService.send('POST', '/internal/password-checks', { body: { password, passwordHash } })
  return read(answer, checked).matches
}

function read<T>(answer: ServiceAnswer, schema: z.ZodType<T>): T {
  if (answer.status === 422) throw problemOf(answer)
  const parsed = schema.safeParse(answer.body)
  // Our token or our request was refused: nothing that the client could mend.
  if (!parsed.success) throw problems.unavailable('auth-service', new Error(`It answered ${answer.status}`))
  return parsed.data
}
