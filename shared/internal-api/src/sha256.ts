import { z } from 'zod'

/** The SHA-256 of a secret. main-service stores it instead of the secret. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
