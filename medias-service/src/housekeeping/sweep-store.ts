import type { Context } from '../context.ts'

/** An upload takes an hour at most. A file in these folders that is a day old and has no row is abandoned. */
const OLD_MS = 24 * 3_600_000

/**
 * Deletes files that a killed process left in the store: unfinished uploads, and bytes whose rows were never written.
 */
export async function sweepStore({ store, mediasdb, logger }: Context, oldMs = OLD_MS): Promise<void> {
  const before = Date.now() - oldMs
  await store.deleteAbandoned(new Date(before))
  for (const prefix of ['incoming/', 'originals/']) {
    for await (const { key, modifiedAt } of store.list(prefix)) {
      if (modifiedAt.getTime() > before) continue
      if ((await mediasdb.Blob.count({ where: { storeKey: key } })) > 0) continue
      await store.delete(key)
      logger.warn({ event: 'store.swept', key })
    }
  }
}
