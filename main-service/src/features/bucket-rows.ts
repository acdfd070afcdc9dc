import type { Sql } from '../maindb.ts'
import type { FeatureBucketAttributes } from '../models/feature-bucket.ts'

/** Variations by experiment, with the names that GrowthBook's SDK uses. */
export type Buckets = Record<string, string>

export interface NewBucket extends Pick<FeatureBucketAttributes, 'userId' | 'experiment' | 'variation'> {
  /** The stored variation, which the experiment no longer has; null if none is stored. */
  replaces: string | null
}

/** A hot read: every evaluation for a user in an experiment waits up to 500 ms for it. */
export async function findBuckets(sql: Sql, userId: string): Promise<Buckets> {
  const rows = await sql.rows<Pick<FeatureBucketAttributes, 'experiment' | 'variation'>>(
    'SELECT experiment, variation FROM feature_bucket WHERE user_id = :userId',
    { userId },
  )
  return Object.fromEntries(rows.map(({ experiment, variation }) => [experiment, variation]))
}

/**
 * Stores buckets. If two replicas store a bucket at the same time, the first one is kept. Buckets of unknown users are
 * ignored.
 *
 * @returns the stored buckets
 */
export function insertBuckets(
  sql: Sql,
  buckets: NewBucket[],
): Promise<Pick<FeatureBucketAttributes, 'userId' | 'experiment'>[]> {
  return sql.rows(
    `WITH given AS (
       SELECT * FROM json_to_recordset(:buckets::json)
         AS g("userId" uuid, experiment text, variation text, replaces text)
     )
     INSERT INTO feature_bucket (user_id, experiment, variation)
     SELECT u.id, g.experiment, g.variation FROM given g JOIN users u ON u.id = g."userId" ORDER BY 1, 2
     ON CONFLICT (user_id, experiment) DO UPDATE SET variation = EXCLUDED.variation
       WHERE feature_bucket.variation = (
         SELECT g.replaces FROM given g
         WHERE g."userId" = feature_bucket.user_id AND g.experiment = feature_bucket.experiment
       )
     RETURNING user_id AS "userId", experiment`,
    { buckets: JSON.stringify(buckets) },
  )
}
