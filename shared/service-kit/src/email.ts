import { z } from 'zod'

import { text } from './text.ts'

/** An e-mail address as its owner writes it. Its shape is only roughly checked: mail that arrives is the real check. */
export const emailAddress = text(254)
  .transform((value) => value.trim())
  .pipe(z.string().regex(/^[^\s@<>()[\]\\,;:"]+@[^\s@.]+(\.[^\s@.]+)+$/u, 'must be an e-mail address'))

/** What makes two spellings one address: compatibility forms and case do not count. */
export const emailKey = (email: string): string => email.trim().normalize('NFKC').toLowerCase()
