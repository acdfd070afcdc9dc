import type { JobAttempt } from '@likeness/media-jobs'
import type { JobStart } from '@likeness/mediasdb'

/**
 * The starts that nobody told the end of, because their workers went away over them.
 *
 * @param starts every start that did not come to a controlled end
 * @param told the tries that a message tells of: a start within one of them, by the same worker, is one of those
 */
export function lostStarts(starts: JobStart[], told: JobAttempt[]): JobAttempt[] {
  return starts
    .filter(({ worker, startedAt }) => !told.some((one) => one.worker === worker && isWithin(startedAt, one)))
    .map(({ worker, startedAt, crashed }) => {
      const error = crashed ? 'The process died over the picture' : 'The worker went away over it'
      return { worker, startedAt, endedAt: null, error }
    })
}

/** Times of one worker's clock, in one form: they compare as text. */
function isWithin(at: string, { startedAt, endedAt }: JobAttempt): boolean {
  return startedAt <= at && endedAt !== null && at <= endedAt
}
