import { z } from 'zod'

/** Text that PostgreSQL can keep: no NUL, no half of a surrogate pair. Length in UTF-16 units. */
export const text = (limit: number) =>
  z
    .string()
    .max(limit, `must have at most ${limit} characters`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must not contain NUL or half a character')

/** Text that names something for people: not blank, no line breaks or other control characters. */
export const label = (limit: number) =>
  text(limit)
    .transform((value) => value.trim())
    .refine((value) => value.length > 0, 'must not be blank')
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters')
