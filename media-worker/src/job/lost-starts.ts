import type { JobAttempt } from '@likeness/media-jobs'
import type { JobStart } from '@likeness/mediasdb'

/**
 * The starts without a reported end, because their workers or render processes died.
 *
 * @param starts every start without a controlled end
 * @param attempts the attempts in the message; a start by the same worker during one of them belongs to that attempt
 */
export function lostStarts(starts: JobStart[], attempts: JobAttempt[]): JobAttempt[] {
  return starts
    .filter(
      ({ worker, startedAt }) => !attempts.some((attempt) => attempt.worker === worker && isWithin(startedAt, attempt)),
    )
    .map(({ worker, startedAt, crashed }) => {
      const error = crashed ? 'The render process crashed' : 'The worker died during the attempt'
      return { worker, startedAt, endedAt: null, error }
    })
}

/** The times are from one worker's clock and in one format, so they can be compared as text. */
function isWithin(at: string, { startedAt, endedAt }: JobAttempt): boolean {
  return startedAt <= at && endedAt !== null && at <= endedAt
}
