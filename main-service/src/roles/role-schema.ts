import { z } from 'zod'

/** The permissions of a role, in a request body. */
export const permissionList = z
  .array(z.string().max(100).describe('Name of a permission, such as `media:read`.'))
  .max(500)
  .describe('Names of all permissions that the role has afterwards, at most 500.')
