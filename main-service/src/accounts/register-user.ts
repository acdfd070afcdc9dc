import { recordChange } from '../audit/record-change.ts'
import type { Features } from '../features/features.ts'
import type { Maindb } from '../maindb.ts'
import { presentUser } from '../users/user-presenter.ts'
import { findUser, insertUser, type UserRow } from '../users/user-rows.ts'
import { assertRegistrationOpen } from './admit-registration.ts'

export interface Registration {
  email: string
  name: string
  passwordHash: string
}

/**
 * Registers a user with the role `user`, if the gate `registration` is on.
 *
 * @throws {Problem} 403 `registration-closed`, checked first so that the response reveals nothing about the address;
 *   409 `email-taken`.
 */
export async function registerUser(
  { maindb, features }: { maindb: Maindb; features: Features },
  registration: Registration,
): Promise<{ userId: string }> {
  await assertRegistrationOpen(features, registration.email)
  return maindb.transaction(async (unit) => {
    const roles = await unit.Role.findAll({ where: { name: 'user' } })
    const id = await insertUser(unit, { ...registration, status: 'active', roleIds: roles.map((role) => role.id) })
    const user = (await findUser(unit, id)) as UserRow
    await recordChange(unit, 'user.registered', {
      actor: { type: 'user', id },
      target: { type: 'user', id },
      after: presentUser(user),
    })
    return { userId: id }
  })
}
