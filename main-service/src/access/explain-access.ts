import { reach } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { MaindbUnit } from '../maindb.ts'
import { findSubject, isPermissionKnown, permissionsGranted, type GrantRow, type Subject } from './grant-rows.ts'

const reasons = [
  'granted',
  'own-rows-only',
  'grant-expired',
  'no-such-permission',
  'not-granted',
  'user-invited',
  'user-unverified',
  'user-suspended',
  'user-deleted',
] as const

const roleName = z.string().describe('Name of the role.')
const permissionName = z.string().describe('Name of the permission, such as `media:read:own`.')

export const explanationSchema = z
  .object({
    allowed: z.boolean().describe('Whether the user is allowed to use the permission now.'),
    reason: z.enum(reasons).describe('The reason as a stable code. `detail` explains it.'),
    detail: z.string().describe('The reason as a sentence.'),
    rows: z
      .enum(['all', 'own', 'of-others'])
      .describe(
        'The rows that the answer is about: `all` without `owner`, `own` if `owner` is the user, otherwise `of-others`. A permission such as `media:update:own` is sufficient only for `own`.',
      ),
    because: z
      .array(
        z
          .object({
            role: roleName,
            permission: permissionName,
            expiresAt: z.iso.datetime().optional().describe('Time at which the grant expires; absent if it does not.'),
          })
          .meta({ id: 'Grant', description: 'A permission that a role of the user grants.' }),
      )
      .describe(
        "Grants that are sufficient for the permission. If there are none: grants that apply only to the user's own rows.",
      ),
    missing: z
      .string()
      .nullable()
      .describe('The narrowest permission that would be sufficient; null if the grants of the user are sufficient.'),
    expired: z
      .array(
        z
          .object({
            role: roleName,
            permission: permissionName,
            expiredAt: z.iso.datetime().describe('Time at which the grant expired (ISO 8601, UTC).'),
          })
          .meta({ id: 'ExpiredGrant', description: 'A grant that has expired.' }),
      )
      .describe('Grants of this permission that have expired.'),
  })
  .meta({ id: 'Explanation', description: 'The explanation, with the grants that it is based on.' })

export type Explanation = z.output<typeof explanationSchema>
type Reason = Explanation['reason']

export interface Question {
  userId: string
  /** `resource:action`. */
  permission: string
  /** The user who owns the row; undefined: the question is about all rows. */
  ownerId: string | undefined
}

/**
 * Explains why a user has or lacks a permission, from the current state of the database. A token of the user can
 * contain older rights, but then every service rejects it within 5 s. For a row of the user, `resource:action:own` is
 * sufficient.
 *
 * @throws {Problem} 404 for an unknown user.
 */
export async function explainAccess(unit: MaindbUnit, question: Question): Promise<Explanation> {
  const subject = await findSubject(unit, question.userId)
  if (!subject) throw problems.notFound('user')
  const granted = await permissionsGranted(unit, question.userId)
  const matching = granted.filter((grant) => reach([grant.permission], question.permission))
  const current = matching.filter((grant) => grant.inForce)
  const sufficient = current.filter((grant) => isSufficient(grant, question))
  const expired = matching.filter((grant) => !grant.inForce)

  const missing = sufficient.length > 0 ? null : await narrowestPermission(unit, question)
  const because = sufficient.length > 0 ? sufficient : current
  const found = { subject, because, expired: expired.filter((grant) => isSufficient(grant, question)), missing }
  const isKnown = current.length > 0 || (await isPermissionKnown(unit, question.permission))
  const reason = reasonOf(found, isKnown)
  return {
    allowed: reason === 'granted',
    reason,
    detail: describe(reason, question, found),
    rows: rowsOf(question),
    because: because.map(({ role, permission, expiresAt }) => ({
      role,
      permission,
      ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    })),
    missing,
    expired: expired.map(({ role, permission, expiresAt }) => ({
      role,
      permission,
      expiredAt: (expiresAt as Date).toISOString(),
    })),
  }
}

interface Found {
  subject: Subject
  because: GrantRow[]
  /** Expired grants that would be sufficient. */
  expired: GrantRow[]
  missing: string | null
}

const isOwnRow = ({ userId, ownerId }: Question) => ownerId === userId

const rowsOf = (question: Question): Explanation['rows'] => {
  if (question.ownerId === undefined) return 'all'
  return isOwnRow(question) ? 'own' : 'of-others'
}

const isSufficient = ({ permission }: GrantRow, question: Question) =>
  isOwnRow(question) || !permission.endsWith(':own')

/** `resource:action:own` for a row of the user, if this permission exists; otherwise `resource:action`. */
async function narrowestPermission(unit: MaindbUnit, question: Question): Promise<string> {
  const own = `${question.permission}:own`
  return isOwnRow(question) && (await isPermissionKnown(unit, own)) ? own : question.permission
}

/**
 * The first reason that applies: a user who cannot sign in, a sufficient grant, an expired grant, a grant for own rows.
 */
function reasonOf({ subject, because, expired, missing }: Found, isKnown: boolean): Reason {
  if (subject.status !== 'active') return `user-${subject.status}`
  if (missing === null) return 'granted'
  if (expired.length > 0) return 'grant-expired'
  if (because.length > 0) return 'own-rows-only'
  return isKnown ? 'not-granted' : 'no-such-permission'
}

function describe(reason: Reason, question: Question, { subject, because, expired, missing }: Found): string {
  const { permission } = question
  const { name } = subject
  const rows = { all: 'all rows', own: 'their own rows', 'of-others': 'rows of other users' }[rowsOf(question)]
  const grants = because.map((grant) => `the role ${grant.role} grants ${grant.permission}${until(grant)}`).join(', ')
  switch (reason) {
    case 'granted':
      return `${name} has ${permission} for ${rows}: ${grants}.`
    case 'own-rows-only':
      return `${name} has ${permission} only for their own rows: ${grants}. For ${rows}, ${name} needs ${missing}.${askAboutOwn(question)}`
    case 'grant-expired':
      return `${name} had ${permission}, but the grant has expired: ${expired.map((grant) => `the role ${grant.role}${until(grant)}`).join(', ')}.`
    case 'not-granted':
      return `No role of ${name} grants ${missing}.`
    case 'no-such-permission':
      return `The permission ${permission} does not exist, and no role of ${name} grants a wildcard that includes it.`
    default:
      return `${name} is ${subject.status} and cannot use the API. ${
        missing === null
          ? `As an active user, ${name} would have ${permission}: ${grants}.`
          : `Also, no role of ${name} grants ${missing}.`
      }`
  }
}

/** Without `owner`, the answer is about all rows, although many routes also work for own rows. */
const askAboutOwn = ({ userId, ownerId }: Question) =>
  ownerId === undefined ? ` To ask about their own rows, add owner=${userId} to the query.` : ''

const until = ({ expiresAt }: GrantRow) => (expiresAt ? ` until ${expiresAt.toISOString()}` : '')
