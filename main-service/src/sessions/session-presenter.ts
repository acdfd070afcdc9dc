import { z } from 'zod'

import type { SessionRow } from './session-rows.ts'

export const sessionSchema = z.object({
  id: z.uuid(),
  device: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
})

export function presentSession(row: SessionRow): z.output<typeof sessionSchema> {
  return {
    id: row.id,
    device: row.device,
    address: row.address,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
  }
}
