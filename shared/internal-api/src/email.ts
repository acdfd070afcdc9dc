import { domainToASCII } from 'node:url'

import { z } from 'zod'

import { text } from './text.ts'

const shape = /^[^\s@<>()[\]\\,;:"]+@[^\s@.]+(\.[^\s@.]+)+$/u
/** What nobody sees, and what turns the direction of the rest: two addresses would look like one. */
const unseen = /[\p{Cc}\p{Default_Ignorable_Code_Point}]/u
const hostname = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/

/** An e-mail address as its owner writes it. Its shape is only roughly checked: mail that arrives is the real check. */
export const emailAddress = text(254)
  .transform((value) => value.trim())
  .pipe(z.string().refine(isAddress, 'must be an e-mail address'))
  // RFC 5321, 4.5.3.1.3, less the angle brackets: octets, where a letter may be four.
  .refine((value) => Buffer.byteLength(value) <= 254, 'must have at most 254 bytes')

function isAddress(value: string): boolean {
  const key = emailKey(value)
  const isShaped = shape.test(value) && shape.test(key)
  return isShaped && !unseen.test(value) && hostname.test(key.slice(key.lastIndexOf('@') + 1))
}

/**
 * What makes two spellings one address: compatibility forms and case do not count, and a domain is what DNS knows it by
 * (`münchen.example` is `xn--mnchen-3ya.example`). NFKC twice, for lower case can leave what composes; the sigma that
 * ends a word is one. The seeder of the administrator (main-service/seeders) has the same.
 */
export function emailKey(email: string): string {
  const folded = email.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()
  const start = folded.lastIndexOf('@') + 1
  const domain = folded.slice(start)
  // It takes numbers for an IPv4 address, and `%41` for an A; of what cannot be a domain it says ''.
  if (start === 0 || !/[^\p{ASCII}]/u.test(domain) || domain.includes('%')) return folded
  return folded.slice(0, start) + (domainToASCII(domain) || domain)
}

/** What stands after the @: `example.com`. */
export const emailDomain = (email: string): string => emailKey(email).split('@').at(-1) ?? ''
