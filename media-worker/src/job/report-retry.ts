import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { TransientError, type Retry } from '@likeness/media-jobs'
import { isDatabaseAway } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { VersionLockedError } from './version-locked.ts'
import { recordRetry } from './version-rows.ts'

/** Records that a version is queued again, and why. Nothing is recorded while another worker renders it. */
export async function reportRetry({ mediasdb, name }: Context, { job, error, retryInMs }: Retry): Promise<void> {
  if (error instanceof VersionLockedError) return
  await recordRetry(mediasdb, job.versionId, { worker: name, error: reasonFor(error), retryInMs })
}

/** A reason that every client may read. The system's own message can contain paths, so only the log has it. */
function reasonFor(error: unknown): string {
  if (error instanceof TransientError) return error.message
  if (error instanceof StoreFullError) return 'The store was full'
  if (error instanceof StoreUnavailableError) return 'The store was unavailable'
  if (error instanceof NotInStoreError) return 'The original was not in the store'
  if (isDatabaseAway(error)) return 'The database was unavailable'
  return 'An error that the picture did not cause'
}
