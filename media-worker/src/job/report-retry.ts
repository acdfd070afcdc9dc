import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { TransientError, type Retry } from '@likeness/media-jobs'
import { isDatabaseUnavailable } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { VersionLockedError } from './version-locked.ts'
import { recordRetry } from './version-rows.ts'

/** Records that a version is queued again, with the reason. While another job renders the version, it records nothing. */
export async function reportRetry({ mediasdb, name }: Context, { job, error, retryInMs }: Retry): Promise<void> {
  if (error instanceof VersionLockedError) return
  await recordRetry(mediasdb, job, { worker: name, error: reasonFor(error), retryInMs })
}

/** A reason for clients. The message of a system error can contain paths, so it is only logged. */
function reasonFor(error: unknown): string {
  if (error instanceof TransientError) return error.message
  if (error instanceof StoreFullError) return 'The file store was full.'
  if (error instanceof StoreUnavailableError) return 'The file store was unavailable.'
  if (error instanceof NotInStoreError) return 'The original was missing in the file store.'
  if (isDatabaseUnavailable(error)) return 'The database was unavailable.'
  return 'An internal error occurred. The picture did not cause it.'
}
