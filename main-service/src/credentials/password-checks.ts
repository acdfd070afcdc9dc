import { passwordEndpoints } from '@likeness/internal-api'
import { asUnavailable, call, type ServiceClient } from '@likeness/service-kit/client'
import { Problem } from '@likeness/service-kit/process'

/**
 * auth-service hashes passwords, so that this CPU load scales separately.
 *
 * @throws {Problem} 422 for a password that auth-service does not accept, 503 when it is away.
 */
export async function hashPassword(authService: ServiceClient, password: string): Promise<string> {
  const hashing = call(authService, passwordEndpoints.hash, { body: { password } })
  return (await hashing.catch(refusedBy(authService))).passwordHash
}

/** @throws {Problem} 422 for a password that auth-service does not accept, 503 when it is away. */
export async function passwordMatches(
  authService: ServiceClient,
  password: string,
  passwordHash: string | null,
): Promise<boolean> {
  const checking = call(authService, passwordEndpoints.check, { body: { password, passwordHash } })
  return (await checking.catch(refusedBy(authService))).matches
}

/** Only a 422 concerns the client's password. Any other refusal concerns our own token or request. */
function refusedBy(authService: ServiceClient): (error: unknown) => never {
  return (error) => {
    throw error instanceof Problem && error.status === 422 ? error : asUnavailable(authService, error)
  }
}
