import type { Writer } from '@likeness/media-files'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import { settleBytes } from '../blobs/settle-bytes.ts'
import type { Context } from '../context.ts'
import { settleRenditions } from './settle-renditions.ts'
import { createWriterWatch, type WriterWatch } from './writer-watch.ts'

const EVERY_MS = 20_000
/** Nine heartbeats: a busy machine delays them, and a network file system can show an old one. */
const DEAD_MS = 90_000
/** Storing renditions and committing their rows takes 30 s at most, unless the store hangs. */
const NOTE_MS = 180_000

/** Deletes the unfinished files of killed processes, and bytes that they stored without rows. */
export function startSweepingWriters(context: Context): BackgroundTask {
  const watch = createWriterWatch({ deadMs: DEAD_MS, noteMs: NOTE_MS, stepMs: 2 * EVERY_MS })
  return repeat({
    work: () => sweepWriters(context, watch),
    everyMs: EVERY_MS,
    onError: (error) => context.logger.warn({ event: 'store.not-swept', error }),
  })
}

/** One look at the writers. A failure with one writer does not prevent the others, and is repeated at the next look. */
export async function sweepWriters(context: Context, watch: WriterWatch): Promise<void> {
  const { store, logger } = context
  const { writers, notes } = watch.look(await store.listWriters())
  const attempt = async (what: object, work: () => Promise<void>) =>
    work().catch((error: unknown) => logger.warn({ event: 'store.not-swept', ...what, error }))
  for (const note of notes) {
    await attempt({ sha256: note.sha256 }, async () => {
      await settleRenditions(context, note.sha256)
      await note.delete()
    })
  }
  for (const writer of writers) await attempt({ writer: writer.id }, () => sweepWriter(context, writer))
}

async function sweepWriter(context: Context, writer: Writer): Promise<void> {
  for (const key of writer.received) await settleBytes(context, key)
  await writer.delete()
  context.logger.info({ event: 'store.writer-swept', writer: writer.id, received: writer.received.length })
}
