import { openDatabase, type Database, type UnitOfWork } from '@likeness/postgres'
import type { DependencyWatch } from '@likeness/service-kit/process'

import { defineModels, type MaindbModels } from './models/define-models.ts'

export type Maindb = Database<MaindbModels>
/** Models and hand-written SQL, on the pool or inside one transaction. */
export type MaindbUnit = UnitOfWork<MaindbModels>
export type { Sql } from '@likeness/postgres'

interface MaindbOptions {
  /** A `postgres://` URL. */
  url: string
  /** Shown in `pg_stat_activity`. */
  applicationName: string
  /** Maximum number of connections. */
  poolSize: number
  /** The database role to become after login. */
  role?: string
  /** Logs the outages of the database; default: nothing is logged. */
  watch?: DependencyWatch
}

/** Opens maindb. The first statement opens the first connection. */
export function openMaindb(options: MaindbOptions): Maindb {
  return openDatabase({ ...options, define: defineModels })
}
