import { z } from 'zod'

const LEAST_CHARACTERS = 10
const MOST_CHARACTERS = 128
/** Of 128 characters, decomposed: none has more than four parts. It bounds what is normalised before it is measured. */
const MOST_AS_TYPED = 1_024

const tooLong = `must have at most ${MOST_CHARACTERS} characters`

const typed = z
  .string()
  .max(MOST_AS_TYPED, { message: tooLong, abort: true })
  .refine((value) => !value.includes('\0') && value.isWellFormed(), {
    message: 'must not contain NUL or half a character',
    abort: true,
  })

/**
 * What is hashed of a password (NIST SP 800-63B, 3.1.1.2): macOS may send `é` as two characters where Windows sends one,
 * and the two must be one password. The seeder of the administrator (main-service/seeders) does the same.
 */
export const normalPassword = (password: string): string => password.normalize('NFKC')

/** A password to be set: it comes out normalised, and is measured so. Length is what counts; no rules of composition. */
export const newPassword = typed
  .overwrite(normalPassword)
  .min(LEAST_CHARACTERS, `must have at least ${LEAST_CHARACTERS} characters`)
  .max(MOST_CHARACTERS, tooLong)

/**
 * A password to be checked: it comes out as it was typed, because one that was set before passwords were normalised is
 * hashed so.
 */
export const typedPassword = typed.refine(
  (value) => value.length <= MOST_CHARACTERS || normalPassword(value).length <= MOST_CHARACTERS,
  tooLong,
)
