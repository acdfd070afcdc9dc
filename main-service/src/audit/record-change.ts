import { currentRequest } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import type { MaindbUnit } from '../maindb.ts'
import type { AuditAttributes } from '../models/audit.ts'

/** The kinds of changes that the audit trail records. */
export type AuditAction =
  | `user.${'created' | 'registered' | 'invited' | 'updated' | 'deleted' | 'restored' | 'erased'}`
  | `user.${'roles-changed' | 'avatar-changed' | 'password-changed' | 'exported'}`
  | `invitation.${'accepted' | 'revoked'}`
  | `session.${'opened' | 'ended'}`
  | `role.${'created' | 'updated' | 'permissions-changed' | 'deleted'}`
  | `permission.${'created' | 'updated' | 'deleted'}`
  | `api-key.${'created' | 'revoked'}`

/** `system` is main-service itself, in a background task or a command. */
interface Actor {
  type: AuditAttributes['actorType']
  id: string
}

interface Change {
  target: { type: 'user' | 'role' | 'permission' | 'session' | 'api-key'; id: string }
  /**
   * The target before and after the change, as returned by presenters, which omit secrets. Only differences are stored.
   */
  before?: object | undefined
  after?: object | undefined
  /** Default: the caller. Required if another service acts for a user. */
  actor?: Actor | undefined
}

/**
 * Writes an entry of the audit trail, in the transaction of the change, so that both are committed or neither. Writes
 * nothing if `before` and `after` are equal.
 */
export async function recordChange({ Audit }: MaindbUnit, action: AuditAction, change: Change): Promise<void> {
  const { target, actor = currentActor() } = change
  const { before, after } = onlyDifferences(change)
  if (before && after && Object.keys({ ...before, ...after }).length === 0) return
  const request = currentRequest()
  await Audit.create({
    id: uuidv7(),
    actorType: actor.type,
    actorId: actor.id,
    action,
    targetType: target.type,
    targetId: target.id,
    before: before ? { ...before } : null,
    after: after ? { ...after } : null,
    address: request?.address ?? null,
    userAgent: request?.userAgent ?? null,
    requestId: request?.requestId ?? null,
  })
}

const system: Actor = { type: 'system', id: 'main-service' }

function currentActor(): Actor {
  const caller = currentRequest()?.access.caller
  if (!caller) return system
  if (caller.kind === 'service') return { type: 'service', id: caller.id }
  return caller.claims.key === undefined ? { type: 'user', id: caller.id } : { type: 'api-key', id: caller.claims.key }
}

function onlyDifferences({ before, after }: Change): Pick<Change, 'before' | 'after'> {
  if (!before || !after) return { before, after }
  return { before: differing(before, after), after: differing(after, before) }
}

/** The fields of `one` that `other` lacks or has with another value. Omits `updatedAt`: the entry has its own time. */
function differing(one: object, other: object): object {
  const others = other as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(one).filter(
      ([name, value]) => name !== 'updatedAt' && JSON.stringify(value) !== JSON.stringify(others[name]),
    ),
  )
}
