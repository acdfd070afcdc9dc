import { NotInStoreError, StoreFullError, StoreUnavailableError } from '@likeness/media-files'
import { TransientError, type Retry } from '@likeness/media-jobs'
import { isDatabaseAway } from '@likeness/postgres'

import type { Context } from '../context.ts'
import { TakenElsewhereError } from './taken-elsewhere.ts'
import { tellQueuedAgain } from './version-rows.ts'

/** Tells those who follow a version that it is queued again, and why; nothing while it is being rendered. */
export async function tellRetry({ mediasdb, name }: Context, { job, error, retryInMs }: Retry): Promise<void> {
  if (error instanceof TakenElsewhereError) return
  await tellQueuedAgain(mediasdb, job.versionId, { worker: name, error: reasonFor(error), retryInMs })
}

/** In words that are everybody's to read: what the system said, with its paths, stands in the log. */
function reasonFor(error: unknown): string {
  if (error instanceof TransientError) return error.message
  if (error instanceof StoreFullError) return 'The store was full'
  if (error instanceof StoreUnavailableError) return 'The store was away'
  if (error instanceof NotInStoreError) return 'The original was not in the store'
  if (isDatabaseAway(error)) return 'The database was away'
  return 'Something failed that is not the fault of the picture'
}
