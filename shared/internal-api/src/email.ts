import { domainToASCII } from 'node:url'

import { z } from 'zod'

import { text } from './text.ts'

const shape = /^[^\s@<>()[\]\\,;:"]+@[^\s@.]+(\.[^\s@.]+)+$/u
/** Invisible characters, and characters that change the text direction: two addresses would look the same. */
const unseen = /[\p{Cc}\p{Default_Ignorable_Code_Point}]/u
const hostname = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/

/** An email address as its owner writes it. Only its rough format is checked. Whether it exists cannot be checked here. */
export const emailAddress = text(254)
  .transform((value) => value.trim())
  .pipe(z.string().refine(isAddress, 'must be an email address'))
  // RFC 5321 §4.5.3.1.3, without the angle brackets. The limit is in octets, and a character can take four.
  .refine((value) => Buffer.byteLength(value) <= 254, 'must have at most 254 bytes')
  .meta({ format: 'email', description: 'Email address of at most 254 bytes.' })

function isAddress(value: string): boolean {
  const key = emailKey(value)
  const isShaped = shape.test(value) && shape.test(key)
  return isShaped && !unseen.test(value) && hostname.test(key.slice(key.lastIndexOf('@') + 1))
}

/**
 * The canonical form of an email address, for comparisons. It ignores compatibility forms and case, and its domain is in
 * ASCII (`münchen.example` becomes `xn--mnchen-3ya.example`). NFKC runs twice, because lower-casing can leave decomposed
 * characters. A final sigma counts as a sigma. The administrator's seeder (main-service/seeders) has a copy of this code.
 */
export function emailKey(email: string): string {
  const folded = email.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim()
  const start = folded.lastIndexOf('@') + 1
  const domain = folded.slice(start)
  // `domainToASCII` reads numbers as an IPv4 address and `%41` as an A. For an invalid domain it returns ''.
  if (start === 0 || !/[^\p{ASCII}]/u.test(domain) || domain.includes('%')) return folded
  return folded.slice(0, start) + (domainToASCII(domain) || domain)
}

/** The part after the @: `example.com`. */
export const emailDomain = (email: string): string => emailKey(email).split('@').at(-1) ?? ''
