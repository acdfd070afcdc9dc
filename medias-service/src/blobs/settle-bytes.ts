import { keys } from '@likeness/media-files'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { retireKey } from './blob-rows.ts'

const EVERY_MS = 5_000

type Needs = Pick<Context, 'mediasdb' | 'store' | 'logger' | 'unsettled'>

/** Settles the received files of this process whose rows may exist or not, as soon as the database is available. */
export function startSettling(context: Context): BackgroundTask {
  return repeat({
    work: () => settleUnsettled(context),
    everyMs: EVERY_MS,
    onError: (error) => context.logger.debug({ event: 'store.not-settled', error }),
  })
}

/** Settles every file of which a request did not know whether its rows exist. */
export async function settleUnsettled(context: Needs): Promise<void> {
  for (const key of context.unsettled) {
    await settleBytes(context, key)
    context.unsettled.delete(key)
  }
}

/** Deletes a received file. If no row references its copy under `originals/`, deletes the copy first. */
export async function settleBytes(
  { mediasdb, store, logger }: Pick<Needs, 'mediasdb' | 'store' | 'logger'>,
  receivedKey: string,
): Promise<void> {
  const id = keys.blobIdOf(receivedKey)
  const storeKey = keys.originalKey(id)
  const isUnreferenced = await retireKey(mediasdb, { id, storeKey })
  if (isUnreferenced) await store.delete(storeKey)
  await store.delete(receivedKey)
  logger.warn({ event: 'store.settled', blobId: id, isKept: !isUnreferenced })
}
