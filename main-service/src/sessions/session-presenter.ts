import { z } from 'zod'

import type { SessionRow } from './session-rows.ts'

export const sessionSchema = z.object({
  id: z.uuid(),
  device: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
})

export function presentSession({ createdAt, lastUsedAt, ...row }: SessionRow): z.output<typeof sessionSchema> {
  return { ...row, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt.toISOString() }
}
