import type { sessionSchema } from '@likeness/internal-api'
import type { z } from 'zod'

import type { SessionRow } from './session-rows.ts'

export function presentSession(row: SessionRow): z.output<typeof sessionSchema> {
  return {
    id: row.id,
    device: row.device,
    address: row.address,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
  }
}
