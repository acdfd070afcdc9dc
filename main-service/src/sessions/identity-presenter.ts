import type { Identity } from '@likeness/internal-api'

import { presentUser } from '../users/user-presenter.ts'
import type { ClaimsRow } from './identity-rows.ts'

/** The claims of a token, and how long they are valid: at least 1 s, because a token cannot be issued for 0 s. */
export function presentClaims(row: ClaimsRow): Pick<Identity, 'claims' | 'secondsLeft'> {
  return {
    claims: {
      roles: row.roles,
      permissions: row.permissions,
      email: row.email,
      epoch: row.epoch,
      roleEpochs: row.roleEpochs,
    },
    secondsLeft: row.secondsLeft === null ? null : Math.max(1, row.secondsLeft),
  }
}

export function presentIdentity(sessionId: string, row: ClaimsRow, publicUrl: string | undefined): Identity {
  return { sessionId, user: presentUser(row, publicUrl), ...presentClaims(row) }
}
