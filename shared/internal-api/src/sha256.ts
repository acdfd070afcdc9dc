import { z } from 'zod'

/** The SHA-256 of a secret, by which main-service stores it and looks it up. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
