import type { RegenerationFilter } from '@likeness/mediasdb'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import { findRegeneration, type RegenerationRow } from './regeneration-rows.ts'
import { stepRegeneration } from './step-regeneration.ts'

/** Time for counting before the response: enough for a library of some ten thousand pictures. */
const COUNT_MS = 1_000

interface NewRegeneration {
  only: 'stale' | 'all'
  filter: RegenerationFilter
  /** Null for a regeneration that is created from the command line. */
  createdBy: string | null
}

/** Creates a regeneration and starts to count its versions. A regeneration without versions is done immediately. */
export async function createRegeneration(
  context: Pick<Context, 'mediasdb' | 'presets' | 'logger'>,
  { only, filter, createdBy }: NewRegeneration,
): Promise<RegenerationRow> {
  const { mediasdb, logger } = context
  const id = uuidv7()
  await mediasdb.Regeneration.create({ id, what: only, filter, createdBy })
  logger.info({ event: 'regeneration.created', regenerationId: id, only, filter, createdBy })
  const startedAt = performance.now()
  while ((await stepRegeneration(context, id, { wait: true, onlyCount: true })) === 'more') {
    if (performance.now() - startedAt > COUNT_MS) break
  }
  const row = await findRegeneration(mediasdb, id)
  if (!row) throw new Error(`The regeneration ${id} does not exist after its creation`)
  return row
}
