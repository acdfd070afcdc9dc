import { z } from 'zod'

/**
 * An id from a client, converted to lower case, so that equal ids are equal strings wherever they are compared or stored,
 * especially in the audit trail.
 */
export const uuid = z.uuid().toLowerCase()
