import type { Context } from '../context.ts'

/** Pauses or resumes every worker. A paused worker finishes its jobs and takes no new ones. */
export async function pauseFleet({ mediasdb, logger }: Context, paused: boolean): Promise<{ paused: boolean }> {
  const changed = await mediasdb.Fleet.update({ paused }, { where: { paused: !paused } })
  if (changed > 0) logger.info({ event: paused ? 'fleet.paused' : 'fleet.resumed' })
  return { paused }
}
