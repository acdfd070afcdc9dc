import { createdAt } from '@likeness/internal-api'
import { z } from 'zod'

import type { ApiKeyRow } from './api-key-rows.ts'

export const apiKeySchema = z
  .object({
    id: z.uuid().describe('Id of the key, which is also the `client_id` for `POST /oauth/token`.'),
    name: z.string().describe('Name by which the user recognises the key.'),
    permissions: z
      .array(z.string().describe('Name of a permission, such as `media:read:own`.'))
      .describe(
        'Permissions of the key. A request is also limited to the permissions of the user who created the key.',
      ),
    hint: z.string().describe('The last four characters of the key.'),
    expiresAt: z.iso
      .datetime()
      .nullable()
      .describe('Time at which the key expires (ISO 8601, UTC); null if it never expires.'),
    lastUsedAt: z.iso
      .datetime()
      .nullable()
      .describe('Time of the last use of the key, accurate to a few minutes. Null if the key was never used.'),
    createdAt,
  })
  .meta({ id: 'ApiKey', description: 'An API key, without the secret itself.' })

/** Does not contain the key itself: only its hash is stored. */
export function presentApiKey(row: ApiKeyRow): z.output<typeof apiKeySchema> {
  return {
    id: row.id,
    name: row.name,
    permissions: row.permissions,
    hint: row.hint,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}
