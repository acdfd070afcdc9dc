import { openDatabase, type Database, type UnitOfWork } from '@likeness/postgres'

import { defineModels, type MediasdbModels } from './models/define-models.ts'

/** mediasdb: its models, SQL by hand and transactions. */
export type Mediasdb = Database<MediasdbModels>
/** mediasdb on its pool, or inside one transaction. */
export type MediasdbUnit = UnitOfWork<MediasdbModels>

interface MediasdbOptions {
  /** Shown by `pg_stat_activity`. */
  applicationName: string
  /** The most connections at once. */
  poolSize: number
}

/**
 * Opens mediasdb; nothing connects before the first statement.
 *
 * @param url a `postgres://` URL
 */
export function openMediasdb(url: string, options: MediasdbOptions): Mediasdb {
  return openDatabase({ ...options, url, define: defineModels })
}
