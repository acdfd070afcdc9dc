import type { Sql } from '../maindb.ts'
import { mainProblems } from '../problems.ts'

/** Failures that a key may have in one window; NIST SP 800-63B (5.2.2) asks for at most 100 in a row. */
const LIMIT = 10
const WINDOW = "interval '15 minutes'"

/** @throws {Problem} 429 when one of the keys has used up its guesses, with the seconds until its window ends. */
export async function assertGuessesLeft(sql: Sql, keys: string[]): Promise<void> {
  const row = await sql.row<{ seconds: number | null }>(
    `SELECT ceil(extract(epoch FROM max(window_started_at) + ${WINDOW} - now()))::integer AS seconds FROM guess
     WHERE key = ANY(ARRAY[:keys]::text[]) AND failures >= ${LIMIT} AND window_started_at > now() - ${WINDOW}`,
    { keys },
  )
  if (row && row.seconds !== null) throw mainProblems.tooManyAttempts(Math.max(1, row.seconds))
}

/** Counts one failure for each key. In the keys' order, so that two at once never wait for each other. */
export async function countGuesses(sql: Sql, keys: string[]): Promise<void> {
  await sql.rows(
    `INSERT INTO guess AS g (key, failures, window_started_at)
     SELECT DISTINCT key, 1, now() FROM unnest(ARRAY[:keys]::text[]) AS key ORDER BY key
     ON CONFLICT (key) DO UPDATE SET
       failures = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.failures + 1 ELSE 1 END,
       window_started_at = CASE WHEN g.window_started_at > now() - ${WINDOW} THEN g.window_started_at ELSE now() END`,
    { keys },
  )
}

export async function forgetGuesses(sql: Sql, keys: string[]): Promise<void> {
  await sql.rows('DELETE FROM guess WHERE key = ANY(ARRAY[:keys]::text[])', { keys })
}
