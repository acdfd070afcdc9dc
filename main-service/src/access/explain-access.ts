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

export const explanationSchema = z
  .object({
    allowed: z.boolean().describe('Whether the user is allowed to use the permission now.'),
    reason: z.enum(reasons),
    detail: z.string().describe('The reason as a sentence.'),
    because: z
      .array(
        z.object({
          role: roleName,
          permission: z.string(),
          expiresAt: z.iso.datetime().optional().describe('Absent when the grant does not expire.'),
        }),
      )
      .describe('Grants that allow it. If there are none: grants that allow it for own rows.'),
    missing: z
      .string()
      .nullable()
      .describe('The narrowest permission that the roles of the user lack; null if the roles are sufficient.'),
    expired: z
      .array(z.object({ role: roleName, permission: z.string(), expiredAt: z.iso.datetime() }))
      .describe('Grants of this permission that have expired.'),
  })
  .meta({ id: 'Explanation' })

export type Explanation = z.output<typeof explanationSchema>
type Reason = Explanation['reason']

export interface Question {
  userId: string
  /** `resource:action`. */
  permission: string
  /** The user who owns the row; undefined: the question is about every row. */
  ownerId: string | undefined
}

/**
 * Explains why a user may or may not do something, from the current state of the database. The user's token may be
 * older, but then it is refused within 5 s. A permission for own rows suffices for a row of the user.
 *
 * @throws {Problem} 404 for an unknown user.
 */
export async function explainAccess(unit: MaindbUnit, question: Question): Promise<Explanation> {
  const subject = await findSubject(unit, question.userId)
  if (!subject) throw problems.notFound('user')
  const granted = await permissionsGranted(unit, question.userId)
  const about = granted.filter((grant) => reach([grant.permission], question.permission))
  const held = about.filter((grant) => grant.inForce)
  const sufficing = held.filter((grant) => suffices(grant, question))
  const expired = about.filter((grant) => !grant.inForce)

  const missing = sufficing.length > 0 ? null : await leastPermission(unit, question)
  const because = sufficing.length > 0 ? sufficing : held
  const found = { subject, because, expired: expired.filter((grant) => suffices(grant, question)), missing }
  const isKnown = held.length > 0 || (await isPermissionKnown(unit, question.permission))
  const reason = reasonOf(found, isKnown)
  return {
    allowed: reason === 'granted',
    reason,
    detail: describe(reason, question, found),
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
  /** Expired grants that would have sufficed. */
  expired: GrantRow[]
  missing: string | null
}

const isOwnRow = ({ userId, ownerId }: Question) => ownerId === userId

const suffices = ({ permission }: GrantRow, question: Question) => isOwnRow(question) || !permission.endsWith(':own')

/** For a row of the user: the permission for own rows, if it exists. */
async function leastPermission(unit: MaindbUnit, question: Question): Promise<string> {
  const own = `${question.permission}:own`
  return isOwnRow(question) && (await isPermissionKnown(unit, own)) ? own : question.permission
}

/** In this order: users who cannot sign in, grants that suffice, expired grants, grants for own rows. */
function reasonOf({ subject, because, expired, missing }: Found, isKnown: boolean): Reason {
  if (subject.status !== 'active') return `user-${subject.status}`
  if (missing === null) return 'granted'
  if (expired.length > 0) return 'grant-expired'
  if (because.length > 0) return 'own-rows-only'
  return isKnown ? 'not-granted' : 'no-such-permission'
}

function describe(reason: Reason, question: Question, { subject, because, expired, missing }: Found): string {
  const { permission, ownerId } = question
  const { name } = subject
  const rows = isOwnRow(question) ? 'their own rows' : ownerId === undefined ? 'every row' : 'a row of another user'
  const given = because.map((grant) => `${grant.permission} from the role ${grant.role}${until(grant)}`).join(', ')
  switch (reason) {
    case 'granted':
      return `${name} may ${permission} for ${rows}: they have ${given}.`
    case 'own-rows-only':
      return `${name} may ${permission} only for their own rows: they have ${given}. For ${rows} they need ${missing}.`
    case 'grant-expired':
      return `${name} had this permission, but it has expired: ${expired.map((grant) => `the role ${grant.role}${until(grant)}`).join(', ')}.`
    case 'not-granted':
      return `No role of ${name} gives ${missing}.`
    case 'no-such-permission':
      return `The permission ${permission} does not exist, and ${name} holds no wildcard that covers it.`
    default:
      return `${name} is ${subject.status} and cannot use the API. ${
        missing === null
          ? `Their permissions would allow it: ${given}.`
          : `None of their roles gives ${missing} either.`
      }`
  }
}

const until = ({ expiresAt }: GrantRow) => (expiresAt ? ` until ${expiresAt.toISOString()}` : '')
