import { z } from 'zod'

/** The permissions of a role, in a request body. */
export const permissionList = z.array(z.string().max(100)).max(500).describe('Names of all permissions of the role.')
