import { z } from 'zod'

/** Text that PostgreSQL can store: without NUL and without half of a surrogate pair. Length in UTF-16 code units. */
export const text = (limit: number) =>
  z
    .string()
    .max(limit, `must have at most ${limit} characters`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must not contain NUL or an unpaired surrogate')

const invisible = /[\p{Default_Ignorable_Code_Point}\s]/gu
/**
 * Bidirectional overrides and isolates, which can make a name appear backwards. The direction marks that some scripts
 * need are allowed.
 */
const changesDirection = /[\u202A-\u202E\u2066-\u2069]/u

/** A name that people read: not blank, without line breaks or other control characters. */
export const label = (limit: number) =>
  text(limit)
    .transform((value) => value.trim())
    .refine((value) => value.replace(invisible, '').length > 0, 'must not be blank')
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters')
    .refine((value) => !changesDirection.test(value), 'must not contain characters that change the text direction')
    .meta({ minLength: 1 })
