import type { JobAttempt } from '@likeness/media-jobs'
import type { JobStart } from '@likeness/mediasdb'

/** The error of a start whose render process crashed, exceeded a limit or was killed. */
export const CRASHED = 'The render process crashed or was stopped.'

/**
 * The starts without a reported end, because their workers or render processes died.
 *
 * @param starts every start without a controlled end
 * @param attempts the attempts in the message; a start by the same worker during an attempt belongs to that attempt
 */
export function lostStarts(starts: JobStart[], attempts: JobAttempt[]): JobAttempt[] {
  return starts
    .filter(
      ({ worker, startedAt }) => !attempts.some((attempt) => attempt.worker === worker && isWithin(startedAt, attempt)),
    )
    .map(({ worker, startedAt, crashed }) => {
      const error = crashed ? CRASHED : 'The worker ended unexpectedly during the attempt.'
      return { worker, startedAt, endedAt: null, error }
    })
}

/** Compares the times as text: they are in the same format and from the same worker's clock. */
function isWithin(at: string, { startedAt, endedAt }: JobAttempt): boolean {
  return startedAt <= at && endedAt !== null && at <= endedAt
}
