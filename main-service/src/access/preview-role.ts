import { presentedEmail } from '@likeness/internal-api'
import { ok, page, pageOf, type Reply } from '@likeness/service-kit/http'
import { reach } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'
import type { Request } from 'express'
import { z } from 'zod'

import type { MaindbUnit } from '../maindb.ts'
import { idsOf } from '../named-in-body.ts'
import { hasAdministrator } from '../permissions/rights-rows.ts'
import { listHolders, type HolderRow } from '../roles/holder-rows.ts'
import { faultsOfEdit, affectedGroups, missingToManage, type RoleEdit, type AffectedGroup } from '../roles/role-edit.ts'
import { findRoleByNameOrId } from '../roles/role-rows.ts'

const names = z.array(z.string().describe('Name of a permission.'))

const affectedUserSchema = z
  .object({
    user: z.uuid().describe('Id of the user.'),
    email: presentedEmail,
    name: z.string().describe('Name of the user, for people.'),
    gains: names.describe(
      'Permissions that the user would gain. A wildcard is listed together with the permissions that it includes.',
    ),
    loses: names.describe('Permissions that the user would lose.'),
  })
  .meta({ id: 'AffectedUser', description: 'A user whose permissions a change of a role would change.' })

const previewSummarySchema = z
  .object({
    users: z.int().min(0).describe('Number of affected users who are not deleted.'),
    deletedUsers: z
      .int()
      .min(0)
      .describe('Number of affected users who are deleted and can be restored. They are not listed in `data`.'),
    allowed: z.boolean().describe('Whether the caller is allowed to make this change now.'),
    lastAdmin: z
      .boolean()
      .describe('Whether the change would be rejected with `last-admin`, because it would leave no administrator.'),
    grantExceedsOwn: names.describe(
      'Permissions that the change would add or remove, and that the caller does not have or has only for a limited time.',
    ),
    userExceedsOwn: names.describe('Permissions that affected users have and the caller does not have.'),
  })
  .meta({
    id: 'RolePreviewSummary',
    description: 'The effect of a change of a role, and whether the caller can make it.',
  })

export const previewSchema = pageOf(affectedUserSchema)
  .extend({ summary: previewSummarySchema })
  .meta({ id: 'RolePreview', description: 'A page of the affected users, with a summary.' })

type AffectedUser = z.output<typeof affectedUserSchema>

interface Preview {
  caller: Caller
  /** Name or id. */
  role: string
  permissions: string[]
}

/**
 * Previews an edit of a role: the permissions that each user would gain and lose. Uses the same checks as the edit, and
 * changes nothing.
 *
 * @throws {Problem} 422 for an unknown role or permission.
 */
export async function previewRole(
  unit: MaindbUnit,
  { caller, role: nameOrId, permissions }: Preview,
  request: Parameters<typeof page>[1],
  http: { request: Request },
): Promise<Reply<200, z.output<typeof previewSchema>>> {
  const role = await findRoleByNameOrId(unit, nameOrId)
  if (!role) throw problems.invalid([{ path: 'body.role', message: `is unknown: ${nameOrId}` }])
  idsOf('permissions', permissions, await unit.Permission.findAll({ where: { name: permissions } }))
  const edit = { role, permissions }
  const affected = await affectedGroups(unit, caller, edit)
  const byGroup = new Map(affected.map((group) => [group.others, group]))
  const holders = await listHolders(unit, { roleId: role.id, groups: [...byGroup.keys()] }, request)
  const users = sum(affected.map((group) => group.users))
  const present = ({ id, email, name, others }: HolderRow): AffectedUser => {
    const { gains, loses } = byGroup.get(others) as AffectedGroup
    return { user: id, email, name, gains, loses }
  }
  const { body, headers } = await page<HolderRow, AffectedUser>(
    http,
    request,
    holders,
    (rows) => rows.map(present),
    async () => users,
  )
  const deletedUsers = sum(affected.map((group) => group.deletedUsers))
  const summary = { users, deletedUsers, ...(await checkEdit(unit, caller, edit, affected)) }
  return ok({ ...body, summary }, headers)
}

/** Whether the caller is allowed to make the edit, and the reasons if not. */
async function checkEdit(unit: MaindbUnit, caller: Caller, edit: RoleEdit, affected: AffectedGroup[]) {
  const grantExceedsOwn = (await faultsOfEdit(unit, caller, edit)).map(({ permission }) => permission)
  const userExceedsOwn = missingToManage(caller, affected)
  const lastAdmin = await removesLastAdministrator(unit, edit)
  const canWrite = reach(caller.claims.permissions, 'roles:write') === 'all'
  const allowed = canWrite && !lastAdmin && grantExceedsOwn.length + userExceedsOwn.length === 0
  return { allowed, lastAdmin, grantExceedsOwn, userExceedsOwn }
}

async function removesLastAdministrator(unit: MaindbUnit, { role, permissions }: RoleEdit): Promise<boolean> {
  if (!role.permissions.includes('*') || permissions.includes('*')) return false
  return (await hasAdministrator(unit)) && !(await hasAdministrator(unit, role.id))
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
