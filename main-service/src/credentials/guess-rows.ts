import type { Sql } from '../maindb.ts'
import type { GuessAttributes } from '../models/guess.ts'
import { mainProblems } from '../problems.ts'

const WINDOW = "interval '15 minutes'"
const SECONDS_LEFT = `ceil(extract(epoch FROM window_started_at + ${WINDOW} - now()))::integer`

/** A count of attempts, and the number of attempts that it allows in a window of 15 minutes. */
export interface AttemptCounter {
  key: GuessAttributes['key']
  most: number
}

/**
 * Counts an attempt with each counter before it is made, so that concurrent attempts count like consecutive ones. If one of
 * the counters has reached its limit, only reads: a flood of rejected attempts writes nothing, and does not affect the
 * other counters. The keys are sorted, so that concurrent statements do not deadlock.
 *
 * @throws {Problem} 429 with `Retry-After` if one of the counters has reached its limit.
 */
export async function countAttempt(sql: Sql, counters: AttemptCounter[]): Promise<void> {
  const refusals = await sql.rows<{ seconds: number }>(
    `WITH asked AS (SELECT * FROM unnest(:keys::text[], :limits::integer[]) AS a (key, most)),
       reached AS (
         SELECT ${SECONDS_LEFT} AS seconds FROM guess JOIN asked USING (key)
         WHERE failures >= most AND window_started_at > now() - ${WINDOW}
       ),
       counted AS (
         INSERT INTO guess AS g (key, failures, window_started_at)
         SELECT key, 1, now() FROM asked WHERE NOT EXISTS (SELECT FROM reached) ORDER BY key
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.failures + 1 ELSE 1 END,
           window_started_at = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.window_started_at ELSE now() END
         RETURNING key, failures, ${SECONDS_LEFT} AS seconds
       )
     SELECT seconds FROM reached
     UNION ALL
     SELECT seconds FROM counted JOIN asked USING (key) WHERE failures > most`,
    { keys: counters.map(({ key }) => key), limits: counters.map(({ most }) => most) },
  )
  if (refusals.length > 0) throw mainProblems.tooManyAttempts(Math.max(1, ...refusals.map(({ seconds }) => seconds)))
}

/**
 * Deletes the counts of an account after a correct password.
 *
 * @param networkKey the counter of the network address, if the attempts were counted with it too. The attempts are taken
 *   off, so that an office whose users mistype and then log in is not locked out. They are not taken off if the counter of
 *   the network has started a new window since: then it does not include them, except the last one.
 */
export async function forgetGuesses(sql: Sql, keys: string[], networkKey?: string): Promise<void> {
  await sql.rows(
    `WITH forgotten AS (DELETE FROM guess WHERE key = ANY(:keys::text[]) RETURNING failures, window_started_at)
     UPDATE guess n SET failures = greatest(0, n.failures - f.failures)
     FROM (
       SELECT CASE WHEN forgotten.window_started_at >= network.window_started_at THEN forgotten.failures ELSE 1 END AS failures
       FROM forgotten, guess network WHERE network.key = :networkKey LIMIT 1
     ) f
     WHERE n.key = :networkKey`,
    { keys, networkKey: networkKey ?? null },
  )
}
