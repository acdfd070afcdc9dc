import { hashApiKey, makeApiKey } from '@likeness/service-kit/identity'
import { type Caller, problems } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { assertCanGrant, changeRights } from '../permissions/rights.ts'
import { mainProblems } from '../problems.ts'
import { findUserForChange } from '../users/user-rows.ts'
import { presentApiKey } from './api-key-presenter.ts'
import { countLiveApiKeys, type ApiKeyRow } from './api-key-rows.ts'

interface NewKey {
  name: string
  permissions: string[]
  /** null: the key never expires. */
  expiresAt: Date | null
}

/** Maximum number of keys of a user that are neither revoked nor expired. */
const MAX_LIVE_KEYS = 50

/**
 * Creates a key for a machine client. Only the hash of the key is stored, so the key itself is returned only here.
 *
 * @throws {Problem} 403 `session-required` or `grant-exceeds-own`, 409 `too-many-keys`, 401 `token-stale`.
 */
export async function createApiKey(
  maindb: Maindb,
  caller: Caller,
  { name, permissions, expiresAt }: NewKey,
): Promise<{ key: string; row: ApiKeyRow }> {
  assertCanGrant(caller, permissions)
  const key = makeApiKey()
  const row = await changeRights(maindb, caller, async (unit) => {
    // Locks the user, so that the second of two concurrent requests counts the key of the first.
    const creator = await findUserForChange(unit, caller.id)
    if (!creator) throw problems.tokenStale()
    if ((await countLiveApiKeys(unit, creator.id)) >= MAX_LIVE_KEYS) throw mainProblems.tooManyKeys(MAX_LIVE_KEYS)
    const created = await unit.ApiKey.create({
      id: uuidv7(),
      userId: creator.id,
      name,
      permissions,
      keyHash: hashApiKey(key),
      hint: key.slice(-4),
      expiresAt,
    })
    await recordChange(unit, 'api-key.created', {
      target: { type: 'api-key', id: created.id },
      after: presentApiKey(created),
    })
    return created
  })
  return { key, row }
}
