import { currentRequest } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import type { MaindbUnit } from '../maindb.ts'
import type { AuditAttributes } from '../models/audit.ts'
import { auditedFields } from './audited-fields.ts'

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
  target: { type: AuditAttributes['targetType']; id: string }
  /**
   * The target before and after the change, as returned by presenters, which omit secrets. Only differences are stored,
   * and long values are shortened.
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
  const fields = auditedFields(change.before, change.after)
  if (!fields) return
  const request = currentRequest()
  await Audit.create({
    id: uuidv7(),
    actorType: actor.type,
    actorId: actor.id,
    action,
    targetType: target.type,
    targetId: target.id,
    ...fields,
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
