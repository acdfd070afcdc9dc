import { emailDomain, problems, type Caller } from '@likeness/service-kit'

import { recordChange } from '../audit/record-change.ts'
import type { Context } from '../context.ts'
import { hashPassword } from '../credentials/password-checks.ts'
import { idsOf } from '../named-in-body.ts'
import { assertMayGrantUntil, changeRights } from '../permissions/rights.ts'
import { permissionsOfRoles } from '../permissions/rights-rows.ts'
import { findRolesByName } from '../roles/role-rows.ts'
import { presentUser } from './user-presenter.ts'
import { findUser, insertUser, type UserRow } from './user-rows.ts'

interface NewUser {
  email: string
  name: string
  /** Without one the user is invited: they cannot log in until they have chosen it. */
  password?: string | undefined
  /** Names; everybody's own, `user`, where none are given. */
  roles?: string[] | undefined
}

/** @throws {Problem} 422 for an unknown role, 403 `grant-exceeds-own`, 409 `email-taken`, 503 without auth-service. */
export async function createUser(
  { maindb, authService, features }: Context,
  caller: Caller,
  { email, name, password, roles }: NewUser,
): Promise<UserRow> {
  const passwordHash = password === undefined ? null : await hashPassword(authService, password)
  // What everybody gets who registers need not be held to be given, as long as they could.
  const isEverybodys = !roles && (await features.isOn('registration', { emailDomain: emailDomain(email) }))
  return changeRights(maindb, caller, async (sql) => {
    const names = roles ?? ['user']
    const roleIds = idsOf('roles', names, await findRolesByName(sql, names))
    if (!isEverybodys) await assertMayGrantUntil(sql, caller, await permissionsOfRoles(sql, roleIds), null)
    const status = passwordHash === null ? 'invited' : 'active'
    const id = await insertUser(sql, { email, name, status, passwordHash, roleIds })
    const user = await findUser(sql, id)
    if (!user) throw problems.notFound('user')
    await recordChange(sql, 'user.created', { target: { type: 'user', id }, after: presentUser(user) })
    return user
  })
}
