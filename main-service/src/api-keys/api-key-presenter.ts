import { z } from 'zod'

import type { ApiKeyRow } from './api-key-rows.ts'

export const apiKeySchema = z
  .object({
    id: z.uuid().describe('Also the `client_id` of an OAuth client.'),
    name: z.string(),
    permissions: z.array(z.string()).describe('Permissions that limit the key, in addition to those of its maker.'),
    hint: z.string().describe('The last four characters of the key.'),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso
      .datetime()
      .nullable()
      .describe(
        'The last time it was exchanged for a token. Each service that receives it exchanges it every few minutes.',
      ),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ApiKey' })

/** Without the key itself, which only its client has. */
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
