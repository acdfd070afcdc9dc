import { label, personName, text, userStatuses, uuid } from '@likeness/internal-api'
import { z } from 'zod'

/** Not `.` or `..`: role names appear in paths, and clients resolve `/..` there to the parent, the user of the role. */
export const roleName = label(64).refine((name) => name !== '.' && name !== '..', 'must not be . or ..')
export const userId = z.object({ id: uuid })

/** A language tag (BCP 47), as `de-CH`. */
export const locale = z
  .string()
  .max(35)
  .refine(isLocale, 'must be a language tag such as de-CH')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)

export const userStatus = z.enum([...userStatuses, 'deleted'])

const PROFILE_KEYS = 50
const PROFILE_BYTES = 16_384

const profileKey = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,63}$/, 'must begin with a letter and have at most 64 letters, digits, _ and -')
const profileValue = z.union([text(4_000), z.number(), z.boolean(), z.null()], {
  error: (issue) =>
    typeof issue.input === 'string'
      ? 'must have at most 4000 characters, and neither NUL nor half a character'
      : 'must be a string, a number, a boolean or null',
})

/** Fields that users define for themselves, with simple values. */
export const profile = z
  .record(profileKey, profileValue)
  .refine((words) => Object.keys(words).length <= PROFILE_KEYS, `must have at most ${PROFILE_KEYS} fields`)
  .refine(
    (words) => Buffer.byteLength(JSON.stringify(words)) <= PROFILE_BYTES,
    `must have at most ${PROFILE_BYTES} bytes as JSON`,
  )
  .describe('Replaces the whole profile.')

const avatar = z.object({
  mediaId: z.uuid(),
  urls: z.record(z.string(), z.string()).describe('URLs by preset name.'),
})

export const userSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    status: userStatus.describe('Only `active` users can sign in.'),
    roles: z.array(z.string()),
    profile: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    avatar: avatar
      .nullable()
      .describe('medias-service serves the URLs. Unless the media is public, they require a token that may read it.'),
    locale: z.string().nullable(),
    emailVerifiedAt: z.iso.datetime().nullable(),
    mfaEnabled: z.boolean(),
    lastLoginAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })

/** The name of a user who has not chosen one: the part of their address before the @. */
export const nameFromEmail = (address: string): string =>
  personName.safeParse(address.slice(0, address.lastIndexOf('@'))).data ?? 'Somebody'

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
