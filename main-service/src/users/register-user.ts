import { emailDomain } from '@likeness/service-kit'

import type { Features } from '../features/features.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { findRolesByName } from '../roles/role-rows.ts'
import { insertUser } from './user-rows.ts'

export interface Registration {
  email: string
  name: string
  passwordHash: string
}

/**
 * Somebody makes their own account, where the gate is open; they get the role `user`.
 *
 * @throws {Problem} 403 `registration-closed`, before anything is said about the address; 409 `email-taken`.
 */
export async function registerUser(
  { maindb, features }: { maindb: Maindb; features: Features },
  registration: Registration,
): Promise<{ userId: string }> {
  const isOpen = await features.isOn('registration', { emailDomain: emailDomain(registration.email) })
  if (!isOpen) throw mainProblems.registrationClosed()
  const roles = await findRolesByName(maindb, ['user'])
  const userId = await insertUser(maindb, { ...registration, status: 'active', roleIds: roles.map(({ id }) => id) })
  return { userId }
}
