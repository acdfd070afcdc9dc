import { label, personName, text, uuid } from '@likeness/internal-api'
import { z } from 'zod'

export const ROLE_NAME_LENGTH = 64

/**
 * The name of a role in a request that reads or assigns the role. Existing roles keep names that are not allowed for new
 * roles (`roles/role-name.ts`). Not `.` or `..`: clients resolve `/users/:id/roles/..` to `/users/:id`, the user.
 */
export const roleName = label(ROLE_NAME_LENGTH)
  .refine((name) => name !== '.' && name !== '..', 'must not be . or ..')
  .describe(`Name of a role, at most ${ROLE_NAME_LENGTH} characters.`)
/** The path of a `/users/:id` route. `main-service/src/route.ts` replaces `me` by the id of the caller. */
export const userId = z.object({
  id: z.union([uuid, z.literal('me')]).describe('Id of the user. `me` stands for your own id.'),
})

/** A language tag (BCP 47), such as `de-CH`. */
export const locale = z
  .string()
  .max(35)
  .refine(isLocale, 'must be a language tag such as de-CH')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)
  .describe('Preferred language, as a language tag (BCP 47) such as `de-CH`.')

const PROFILE_KEYS = 50
const PROFILE_BYTES = 16_384

const profileKey = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,63}$/, 'must start with a letter, and have at most 64 characters: letters, digits, _ and -')
const profileValue = z
  .union([text(4_000), z.number(), z.boolean(), z.null()], {
    error: (issue) =>
      typeof issue.input === 'string'
        ? 'must have at most 4000 characters, and no NUL character or unpaired surrogate'
        : 'must be text, a number, true or false, or null',
  })
  .describe('A simple value. A text can have 4000 characters.')

/** Custom fields of a user, with simple values. */
export const profile = z
  .record(profileKey, profileValue)
  .refine((fields) => Object.keys(fields).length <= PROFILE_KEYS, `must have at most ${PROFILE_KEYS} fields`)
  .refine(
    (fields) => Buffer.byteLength(JSON.stringify(fields)) <= PROFILE_BYTES,
    `must have at most ${PROFILE_BYTES} bytes as JSON`,
  )
  .describe(
    'Custom fields with simple values, at most 50 fields and 16384 bytes as JSON. The new profile replaces the old one completely.',
  )

/** The routes for data of a user that `PATCH` does not change. */
export const setElsewhere = {
  avatar: 'set the avatar with PUT /users/{id}/avatar',
  password: 'change the password with POST /auth/password/change',
  roles: 'set the roles with PUT /users/{id}/roles',
}

/** The initial name of an invited user: the part of their address before the @. */
export const nameFromEmail = (address: string): string =>
  personName.safeParse(address.slice(0, address.lastIndexOf('@'))).data ?? 'Somebody'

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
