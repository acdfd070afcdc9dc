import { z } from 'zod'

/**
 * An id as a client sends it, in lower case whatever it was written in: one id is one text wherever it is compared, kept
 * or counted as text, in the audit trail above all.
 */
export const uuid = z.uuid().toLowerCase()
