import { z } from 'zod'

import type { ApiKeyRow } from './api-key-rows.ts'

export const apiKeySchema = z
  .object({
    id: z.uuid().describe('Also the `client_id` of its client, where that one speaks OAuth.'),
    name: z.string(),
    permissions: z.array(z.string()).describe('The most that it may; never more than its maker may.'),
    hint: z.string().describe('The last four characters of the key, to recognise it by.'),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso
      .datetime()
      .nullable()
      .describe('When it was last exchanged for a token: while it is in use, each service does so every few minutes.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ApiKey' })

/** A key as every route shows one: without the key itself, which nobody has but its client. */
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
