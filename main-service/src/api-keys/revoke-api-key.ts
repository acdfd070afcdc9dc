import { now } from '@likeness/postgres'
import { assertMatch } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { presentApiKey } from './api-key-presenter.ts'
import { findApiKeyForChange } from './api-key-rows.ts'

/**
 * Revokes a key of the caller. Every service rejects it within 5 s.
 *
 * @throws {Problem} 404 if the key belongs to another user or was revoked before, 412.
 */
export function revokeApiKey(maindb: Maindb, caller: Caller, id: string, ifMatch: string | undefined): Promise<void> {
  return maindb.transaction(async (unit) => {
    const key = await findApiKeyForChange(unit, caller.id, id)
    if (!key) throw problems.notFound('API key')
    assertMatch(ifMatch, presentApiKey(key))
    await unit.ApiKey.update({ revokedAt: now }, { where: { id } })
    await recordChange(unit, 'api-key.revoked', { target: { type: 'api-key', id }, before: presentApiKey(key) })
  })
}
