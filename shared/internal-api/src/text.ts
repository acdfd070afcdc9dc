import { z } from 'zod'

/** Text that PostgreSQL can keep: no NUL, no half of a surrogate pair. Length in UTF-16 units. */
export const text = (limit: number) =>
  z
    .string()
    .max(limit, `must have at most ${limit} characters`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must not contain NUL or half a character')

const invisible = /[\p{Default_Ignorable_Code_Point}\s]/gu
/** Overrides and isolates, with which a name reads backwards; the marks that scripts need themselves are none of these. */
const turnsDirection = /[\u202A-\u202E\u2066-\u2069]/u

/** Text that names something for people: not blank, no line breaks or other control characters. */
export const label = (limit: number) =>
  text(limit)
    .transform((value) => value.trim())
    .refine((value) => value.replace(invisible, '').length > 0, 'must not be blank')
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters')
    .refine((value) => !turnsDirection.test(value), 'must not contain marks that turn the direction of what follows')
