import { z } from 'zod'

/** What is kept of a secret, or asked for by. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
