import { z } from 'zod'

/** The names of permissions, as a body gives them for a role. */
export const permissionList = z.array(z.string().max(100)).max(500)
