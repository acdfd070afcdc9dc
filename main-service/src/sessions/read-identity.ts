import type { Identity } from '@likeness/internal-api'

import type { Sql } from '../maindb.ts'
import { presentIdentity } from './identity-presenter.ts'
import { findClaims } from './identity-rows.ts'

/** The user of a session, and the claims of its tokens. @throws Error if the user does not exist. */
export async function readIdentity(
  sql: Sql,
  sessionId: string,
  userId: string,
  publicUrl: string | undefined,
): Promise<Identity> {
  const row = await findClaims(sql, userId)
  if (!row) throw new Error(`The user ${userId} of the session ${sessionId} does not exist`)
  return presentIdentity(sessionId, row, publicUrl)
}
