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

const roleName = z.string().describe("The role's name.")

export const explanationSchema = z
  .object({
    allowed: z.boolean(),
    reason: z.enum(reasons),
    detail: z.string().describe('The same for people to read.'),
    because: z
      .array(
        z.object({
          role: roleName,
          permission: z.string(),
          expiresAt: z.iso.datetime().optional().describe('Until when; without it, for good.'),
        }),
      )
      .describe('What they hold that allows it; where nothing does, what they hold of it for their own rows.'),
    missing: z.string().nullable().describe('The least permission that would allow it; null where none is missing.'),
    expired: z
      .array(z.object({ role: roleName, permission: z.string(), expiredAt: z.iso.datetime() }))
      .describe('What they were given of it for a while that is over.'),
  })
  .meta({ id: 'Explanation' })

export type Explanation = z.output<typeof explanationSchema>
type Reason = Explanation['reason']

export interface Question {
  userId: string
  /** `resource:action`. */
  permission: string
  /** Whose row it is about; undefined: about every row. */
  ownerId: string | undefined
}

/**
 * Why a user may do something, or may not, by what the database says at this moment: a token of theirs may be older,
 * and is refused within seconds then. Permissions for one's own rows suffice where the row is theirs.
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
  /** What would have sufficed. */
  expired: GrantRow[]
  missing: string | null
}

const isOwnRow = ({ userId, ownerId }: Question) => ownerId === userId

const suffices = ({ permission }: GrantRow, question: Question) => isOwnRow(question) || !permission.endsWith(':own')

/** For their own row the permission for one's own rows, where there is such a one. */
async function leastPermission(unit: MaindbUnit, question: Question): Promise<string> {
  const own = `${question.permission}:own`
  return isOwnRow(question) && (await isPermissionKnown(unit, own)) ? own : question.permission
}

/** Who cannot sign in may nothing; then what is there, then what was there. */
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
  const rows = isOwnRow(question) ? 'rows of their own' : ownerId === undefined ? 'every row' : 'a row of somebody else'
  const given = because.map((grant) => `${grant.permission} by the role ${grant.role}${until(grant)}`).join(', ')
  switch (reason) {
    case 'granted':
      return `${name} may ${permission} for ${rows}: they have ${given}.`
    case 'own-rows-only':
      return `${name} may ${permission} for rows of their own only: they have ${given}. For ${rows} it takes ${missing}.`
    case 'grant-expired':
      return `${name} had it for a while: ${expired.map((grant) => `the role ${grant.role}${until(grant)}`).join(', ')}.`
    case 'not-granted':
      return `No role of ${name} gives ${missing}.`
    case 'no-such-permission':
      return `There is no permission ${permission}, and ${name} holds no wildcard that would stand for it.`
    default:
      return `${name} is ${subject.status} and cannot use the API. ${
        missing === null ? `Otherwise they might: they have ${given}.` : `No role of theirs gives ${missing} either.`
      }`
  }
}

const until = ({ expiresAt }: GrantRow) => (expiresAt ? ` until ${expiresAt.toISOString()}` : '')
