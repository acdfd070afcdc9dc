import { hashApiKey, makeApiKey } from '@likeness/service-kit/identity'
import { type Caller, problems } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { assertMayGrant, changeRights } from '../permissions/rights.ts'
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

/** Live keys of one user at a time. */
const MOST_LIVE = 50

/**
 * Creates a key for a machine client. Only its hash is stored, so the key is returned once.
 *
 * @throws {Problem} 403 `session-required` or `grant-exceeds-own`, 409 `too-many-keys`, 401 `token-stale`.
 */
export async function createApiKey(
  maindb: Maindb,
  caller: Caller,
  { name, permissions, expiresAt }: NewKey,
): Promise<{ key: string; row: ApiKeyRow }> {
  assertMayGrant(caller, permissions)
  const key = makeApiKey()
  const row = await changeRights(maindb, caller, async (unit) => {
    // Locks the user, so that of two concurrent requests the second counts the key of the first.
    const maker = await findUserForChange(unit, caller.id)
    if (!maker) throw problems.tokenStale()
    if ((await countLiveApiKeys(unit, maker.id)) >= MOST_LIVE) throw mainProblems.tooManyKeys(MOST_LIVE)
    const made = await unit.ApiKey.create({
      id: uuidv7(),
      userId: maker.id,
      name,
      permissions,
      keyHash: hashApiKey(key),
      hint: key.slice(-4),
      expiresAt,
    })
    await recordChange(unit, 'api-key.created', {
      target: { type: 'api-key', id: made.id },
      after: presentApiKey(made),
    })
    return made
  })
  return { key, row }
}
