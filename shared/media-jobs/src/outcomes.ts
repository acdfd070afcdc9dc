import type { JobAttempt } from './contract.ts'
import type { FailureCode } from './failure-codes.ts'

/** The job may succeed later: the store, the database or the network was unavailable. It is retried after a delay. */
export class TransientError extends Error {
  override readonly name: string = 'TransientError'
  /** Whether to use the shortest delay regardless of the number of tries, because the cause is known to pass soon. */
  readonly soon: boolean

  constructor(message: string, options: { cause?: unknown; soon?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.soon = options.soon ?? false
  }
}

/**
 * The job cannot succeed. `code` is stable and in kebab-case. The message is the reason, which clients can see. `earlier`
 * contains tries that no message describes, because their workers died.
 */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
  readonly code: FailureCode
  readonly earlier: JobAttempt[]

  constructor(code: FailureCode, message: string, options: { cause?: unknown; earlier?: JobAttempt[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.earlier = options.earlier ?? []
  }
}

/** The worker stops before the job is done. The job is requeued, as if it had not been delivered. */
export class RequeueError extends Error {
  override readonly name = 'RequeueError'
}
