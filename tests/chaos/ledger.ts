/** An upload that was answered with 201. */
interface AcceptedUpload {
  mediaId: string
  /** The name of the file, which is also its Idempotency-Key. */
  filename: string
  sha256: string
}

/** The edits of one role. Each edit sets the description to its number. */
export interface RoleEdits {
  roleId: string
  /** The numbers of the edits that were answered with 200. */
  accepted: number[]
  /** The number of the last edit that was sent. */
  lastSent: number
}

/** What the clients were promised, and what broke a promise. */
export interface Ledger {
  uploads: AcceptedUpload[]
  /** Names of files whose upload had no answer. Each can have become a media, or not. */
  unanswered: string[]
  roles: RoleEdits[]
  /** The number of refreshes that were answered with new tokens. */
  refreshes: number
  /** Refreshes that could not be repeated within the ten seconds of the promise, so that the client logged in again. */
  lateRefreshes: number
  /** Number of responses by status; 0 for a connection that broke. */
  statuses: Record<number, number>
  violations: string[]
}

export function openLedger(): Ledger {
  return { uploads: [], unanswered: [], roles: [], refreshes: 0, lateRefreshes: 0, statuses: {}, violations: [] }
}

/** Records a broken promise once. */
export function violate({ violations }: Ledger, violation: string): void {
  if (!violations.includes(violation)) violations.push(violation)
}
