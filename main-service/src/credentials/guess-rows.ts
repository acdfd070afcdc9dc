import type { MaindbUnit, Sql } from '../maindb.ts'
import type { GuessAttributes } from '../models/guess.ts'
import { mainProblems } from '../problems.ts'

/** Maximum number of attempts per key and window. NIST SP 800-63B (5.2.2) allows at most 100 consecutive failures. */
const LIMIT = 10
const WINDOW = "interval '15 minutes'"

/**
 * Counts an attempt for each key before the password is checked, so that concurrent attempts count like consecutive
 * ones. A correct password resets the count. The keys are sorted, so that concurrent statements do not deadlock.
 *
 * @throws {Problem} 429 with `Retry-After` if one of the keys has reached the limit.
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
