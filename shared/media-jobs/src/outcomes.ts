import type { JobAttempt } from './contract.ts'
import type { FailureCode } from './failure-codes.ts'

/** The job may come right later: the store, the database or the network was away. It is tried again after a wait. */
export class TransientError extends Error {
  override readonly name: string = 'TransientError'
  /** Wait the shortest tier, however often it was tried: what stands in the way is known to pass soon. */
  readonly soon: boolean

  constructor(message: string, options: { cause?: unknown; soon?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.soon = options.soon ?? false
  }
}

/**
 * The job can never come right. `code` is stable and kebab-case; the message is the reason for people. `earlier` are
 * tries that no message tells of, because their workers went away over them.
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

/** The worker stops before the job is done: it goes back to its queue as if it had not been taken. */
export class RequeueError extends Error {
  override readonly name = 'RequeueError'
}
