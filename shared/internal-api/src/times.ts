import { z } from 'zod'

/** When a resource was created, in a response. All times in responses are ISO 8601 in UTC. */
export const createdAt = z.iso.datetime().describe('Time of creation (ISO 8601, UTC).')

/** When a resource was last changed, in a response. */
export const updatedAt = z.iso.datetime().describe('Time of the last change (ISO 8601, UTC).')
