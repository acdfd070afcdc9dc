import { label } from '@likeness/service-kit'
import { z } from 'zod'

export const personName = label(200)
export const roleName = label(64)
export const userId = z.object({ id: z.uuid() })

/** A language tag (BCP 47), as `de-CH`. */
export const locale = z
  .string()
  .max(35)
  .refine(isLocale, 'must be a language tag such as de-CH')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag)

export const userSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    status: z.enum(['active', 'suspended', 'invited']),
    roles: z.array(z.string()),
    avatar: z.object({ mediaId: z.uuid() }).nullable(),
    locale: z.string().nullable(),
    emailVerifiedAt: z.iso.datetime().nullable(),
    mfaEnabled: z.boolean(),
    lastLoginAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })

/** What somebody is called until they say otherwise: the part of their address before the @. */
export const nameFromEmail = (address: string): string =>
  personName.safeParse(address.slice(0, address.lastIndexOf('@'))).data ?? 'Somebody'

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
