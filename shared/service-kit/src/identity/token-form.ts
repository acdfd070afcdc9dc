import { z } from 'zod'

/** Bytes of an ES256 signature: `r` and `s` (RFC 7518 §3.4). */
const SIGNATURE_BYTES = 64

/** Seconds by which the clocks of two machines can differ. */
const CLOCK_SKEW_SECONDS = 30

/**
 * The parameters that auth-service writes. No other parameter is accepted: `crit` requires extensions that a verifier
 * must support (RFC 7515 §4.1.11), and `jwk`, `jku`, `x5c` and `x5u` name a key of the token's author.
 */
const headerSchema = z.strictObject({
  alg: z.literal('ES256'),
  // The type of access tokens (RFC 9068 §2.1), so that another kind of JWT of the same issuer is rejected (RFC 8725 §3.11).
  typ: z.literal('at+jwt'),
  kid: z.string().regex(/^[\w-]{1,64}$/),
})

const timesSchema = z.object({ iat: z.int(), exp: z.int(), nbf: z.int().optional() })

/**
 * Whether a token has exactly the form in which auth-service writes tokens, before its signature is verified. Each token
 * has one form only: otherwise a rejected token could be sent again in another form, or two programs could read the same
 * token differently.
 */
export function hasTokenForm(token: string): boolean {
  const parts = token.split('.')
  const [header = '', , signature = ''] = parts
  return (
    parts.length === 3 &&
    parts.every((part) => part !== '' && isCanonical(part)) &&
    Buffer.byteLength(signature, 'base64url') === SIGNATURE_BYTES &&
    isHeader(Buffer.from(header, 'base64url').toString())
  )
}

/** Base64url without padding and without other bits in its last character. */
const isCanonical = (part: string) => Buffer.from(part, 'base64url').toString('base64url') === part

function isHeader(text: string): boolean {
  try {
    const header: unknown = JSON.parse(text)
    // Equal only if no name occurs twice.
    return JSON.stringify(header) === text && headerSchema.safeParse(header).success
  } catch {
    return false
  }
}

/**
 * Whether the times of a token are plausible. The expiry itself is checked together with the signature, and without
 * tolerance, because a token must not outlive a temporary role.
 *
 * @param longestSeconds the longest lifetime of this kind of token
 * @param now seconds since 1970
 */
export function areTimesValid(claims: unknown, longestSeconds: number, now = Date.now() / 1_000): boolean {
  const parsed = timesSchema.safeParse(claims)
  if (!parsed.success) return false
  const { iat, exp, nbf = iat } = parsed.data
  const lifetime = exp - iat
  return Math.max(iat, nbf) <= now + CLOCK_SKEW_SECONDS && lifetime >= 0 && lifetime <= longestSeconds
}
