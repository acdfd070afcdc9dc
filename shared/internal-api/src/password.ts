import { z } from 'zod'

const MIN_CHARACTERS = 10
const MAX_CHARACTERS = 128
/** Limit before normalisation: 128 characters decompose into at most 512. */
const MAX_TYPED_CHARACTERS = 1_024

const tooLong = `must have at most ${MAX_CHARACTERS} characters`

const typed = z
  .string()
  .max(MAX_TYPED_CHARACTERS, { message: tooLong, abort: true })
  .refine((value) => !value.includes('\0') && value.isWellFormed(), {
    message: 'must not contain NUL or an unpaired surrogate',
    abort: true,
  })

/**
 * The normalised form of a password, which is hashed (NIST SP 800-63B §3.1.1.2): macOS can send `é` as two characters and
 * Windows as one, and both must be the same password. The administrator's seeder (main-service/seeders) has a copy.
 */
export const normalPassword = (password: string): string => password.normalize('NFKC')

/** A new password, returned normalised. The limits apply to the normalised form. No kind of character is required. */
export const newPassword = typed
  .overwrite(normalPassword)
  .min(MIN_CHARACTERS, `must have at least ${MIN_CHARACTERS} characters`)
  .max(MAX_CHARACTERS, tooLong)
  .meta({
    format: 'password',
    description: `New password of ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters. No kind of character is required.`,
  })

/** A password to check, returned as typed, because older hashes were made from the typed form. */
export const typedPassword = typed
  .refine((value) => value.length <= MAX_CHARACTERS || normalPassword(value).length <= MAX_CHARACTERS, tooLong)
  .meta({ format: 'password', description: 'Current password of the user.' })
