import { passwordEndpoints } from '@likeness/internal-api'
import { asUnavailable, call, type ServiceClient } from '@likeness/service-kit/client'
import { Problem } from '@likeness/service-kit/process'

/**
 * auth-service hashes passwords, so that this CPU load scales separately.
 *
 * @throws {Problem} 422 if auth-service rejects the password, 503 if it is unavailable.
 */
export async function hashPassword(authService: ServiceClient, password: string): Promise<string> {
  const hashing = call(authService, passwordEndpoints.hash, { body: { password } })
  return (await hashing.catch(rejectedBy(authService))).passwordHash
}

/** @throws {Problem} 422 if auth-service rejects the password, 503 if it is unavailable. */
export async function passwordMatches(
  authService: ServiceClient,
  password: string,
  passwordHash: string | null,
): Promise<boolean> {
  const checking = call(authService, passwordEndpoints.check, { body: { password, passwordHash } })
  return (await checking.catch(rejectedBy(authService))).matches
}

/** Only a 422 is about the client's password. Any other error is about the token or the request of this service. */
function rejectedBy(authService: ServiceClient): (error: unknown) => never {
  return (error) => {
    throw error instanceof Problem && error.status === 422 ? error : asUnavailable(authService, error)
  }
}
