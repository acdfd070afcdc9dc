import { z } from 'zod'

import { text } from './text.ts'

/** An e-mail address as its owner writes it. Its shape is only roughly checked: mail that arrives is the real check. */
export const emailAddress = text(254)
  .transform((value) => value.trim())
  .pipe(z.string().regex(/^[^\s@<>()[\]\\,;:"]+@[^\s@.]+(\.[^\s@.]+)+$/u, 'must be an e-mail address'))
  // RFC 5321, 4.5.3.1.3, less the angle brackets: octets, where a letter may be four.
  .refine((value) => Buffer.byteLength(value) <= 254, 'must have at most 254 bytes')

/** What makes two spellings one address: compatibility forms and case do not count. */
export const emailKey = (email: string): string => email.trim().normalize('NFKC').toLowerCase()

/** What stands after the @: `example.com`. */
export const emailDomain = (email: string): string => emailKey(email).split('@').at(-1) ?? ''
