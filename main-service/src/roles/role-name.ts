import { uuid } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'
import unhomoglyph from 'unhomoglyph'
import { z } from 'zod'

import { ROLE_NAME_LENGTH, roleName } from '../users/user-schema.ts'

/** The scripts that UAX #31 recommends for identifiers, and the combinations that UTS #39 allows (5.2). */
const scripts = (
  'Latin Cyrillic Greek Arabic Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao ' +
  'Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'
)
  .split(' ')
  .map((script) => [script])
const combinations = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const oneScript = [...scripts, ...combinations].map(
  (together) =>
    new RegExp(`^[${['Common', 'Inherited', ...together].map((script) => `\\p{scx=${script}}`).join('')}]*$`, 'u'),
)

/** The hyphen comes last: anywhere else in a character class, it would mean a range. */
const signs = "_.,:&+#'’()-"

/**
 * The name of a new role, or the new name of a role. Roles are assigned by name, so a name must not look like another one:
 * it has only visible characters of one script, in Unicode's form NFKC.
 */
export const newRoleName = roleName
  .transform((name) => name.normalize('NFKC').trim())
  .pipe(
    z
      .string()
      .max(ROLE_NAME_LENGTH, `must have at most ${ROLE_NAME_LENGTH} characters`)
      .regex(
        new RegExp(`^[\\p{L}\\p{M}\\p{Nd} ${signs}]*$`, 'u'),
        `must contain only letters, digits, blanks and ${[...signs].join(' ')}`,
      )
      .refine((name) => !/\p{Default_Ignorable_Code_Point}/u.test(name), 'must not contain invisible characters')
      .regex(/^[\p{L}\p{Nd}]/u, 'must start with a letter or a digit')
      .refine((name) => !name.includes('  '), 'must not contain two blanks in a row')
      .refine(
        (name) => oneScript.some((pattern) => pattern.test(name)),
        'must not mix letters of different scripts, such as Latin and Cyrillic',
      )
      // A role can be named by its id in some requests.
      .refine((name) => !uuid.safeParse(name).success, 'must not have the form of an id'),
  )

/**
 * The name of a role after a change. A role can keep a name that an earlier version allowed.
 *
 * @throws {Problem} 422 if the name is new and not valid.
 */
export function changedRoleName(name: string, current: string): string {
  if (name === current) return current
  const parsed = newRoleName.safeParse(name)
  if (parsed.success) return parsed.data
  throw problems.invalid(parsed.error.issues.map(({ message }) => ({ path: 'body.name', message })))
}

/**
 * The keys of a name. If two names have a common key, they look the same, or differ only in case. Each key is the skeleton
 * of UTS #39 of one form of the name. All forms are needed: `AI` looks like `Al` as it is written, and the Greek `ΤΟΡ` like
 * `top` only in upper case. The seeders have a copy of this code (main-service/role-name-keys.cjs).
 */
export function roleNameKeys(name: string): string[] {
  const written = name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
  return [
    `written:${skeletonOf(written)}`,
    `lower:${skeletonOf(written.toLowerCase())}`,
    `upper:${skeletonOf(written.toUpperCase())}`,
  ]
}

const skeletonOf = (text: string) => unhomoglyph(text.normalize('NFD')).normalize('NFD')
