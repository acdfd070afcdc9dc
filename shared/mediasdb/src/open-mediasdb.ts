import { openDatabase, type Database, type UnitOfWork } from '@likeness/postgres'
import type { DependencyWatch } from '@likeness/service-kit/process'

import { defineModels, type MediasdbModels } from './models/define-models.ts'

/** mediasdb: its models, hand-written SQL and transactions. */
export type Mediasdb = Database<MediasdbModels>
/** mediasdb on its connection pool, or inside one transaction. */
export type MediasdbUnit = UnitOfWork<MediasdbModels>

/** The database roles of the deployables. The migration `create-database-roles` lists the rights of each role. */
type MediasdbRole = 'medias_service' | 'media_worker'

interface MediasdbOptions {
  /** Shown by `pg_stat_activity`. */
  applicationName: string
  /** Maximum number of connections. */
  poolSize: number
  /** The role to assume after login. Default: the role of the URL. */
  role?: MediasdbRole
  /** Logs the outages of the database; default: nothing is logged. */
  watch?: DependencyWatch
}

/**
 * Opens mediasdb. It connects at the first statement.
 *
 * @param url a `postgres://` URL
 */
export function openMediasdb(url: string, options: MediasdbOptions): Mediasdb {
  return openDatabase({ ...options, url, define: defineModels })
}
