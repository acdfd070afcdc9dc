import { z } from 'zod'

/** The list of permission names for a role, in a body. */
export const permissionList = z.array(z.string().max(100)).max(500)
