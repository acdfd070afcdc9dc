import type { MaindbUnit, Sql } from '../maindb.ts'
import type { GuessAttributes } from '../models/guess.ts'
import { mainProblems } from '../problems.ts'

/** Failures that a key may have in one window; NIST SP 800-63B (5.2.2) asks for at most 100 in a row. */
const LIMIT = 10
const WINDOW = "interval '15 minutes'"

/**
 * Counts an attempt for each key before its password is looked at, so that many at the same moment get no further than
 * many in a row; a success forgets them. In the keys' order, so that two at once never wait for each other.
 *
 * @throws {Problem} 429 when one of the keys has used up its guesses, with the seconds until its window ends.
 */
export async function countAttempt(sql: Sql, keys: string[]): Promise<void> {
  const counted = await sql.rows<Pick<GuessAttributes, 'failures'> & { seconds: number }>(
    `INSERT INTO guess AS g (key, failures, window_started_at)
     SELECT DISTINCT key, 1, now() FROM unnest(:keys::text[]) AS key ORDER BY key
     ON CONFLICT (key) DO UPDATE SET
       failures = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.failures + 1 ELSE 1 END,
       window_started_at = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.window_started_at ELSE now() END
     RETURNING failures, ceil(extract(epoch FROM window_started_at + ${WINDOW} - now()))::integer AS seconds`,
    { keys },
  )
  const waits = counted.filter(({ failures }) => failures > LIMIT).map(({ seconds }) => seconds)
  if (waits.length > 0) throw mainProblems.tooManyAttempts(Math.max(1, ...waits))
}

export async function forgetGuesses({ Guess }: MaindbUnit, keys: string[]): Promise<void> {
  await Guess.destroy({ where: { key: keys } })
}
