import { unwatched, type DependencyWatch } from '@likeness/service-kit/process'
import pg from 'pg'
import { QueryTypes, Sequelize, type Transaction } from 'sequelize'

import { bindModels, type BoundModels, type Models } from './bound-models.ts'
import { databaseError, isDatabaseUnreachable } from './database-faults.ts'
import { limits } from './limits.ts'
import { toPositions } from './named-values.ts'
import { pgDriver } from './pg-driver.ts'
import { sqlOver, type Sql, type Values } from './sql.ts'
import { limitUnit, type LimitOptions } from './unit-limits.ts'

/**
 * Runs statements: hand-written SQL and the models of one database, either on the pool or inside one transaction. In a
 * transaction, the models need no `transaction` option.
 */
export type UnitOfWork<M extends Models> = Sql & BoundModels<M>

interface DatabaseMethods<M extends Models> {
  /**
   * Commits the changes of `work`, or none of them when `work` throws. The unit of work must not be used after the end of
   * its transaction, and `work` must wait for all its statements; otherwise an error is thrown.
   *
   * @param options.limitMs time limit of the whole transaction; default 4,700, because a client waits for it
   * @throws {Problem} 503 after the limit; the transaction is rolled back
   */
  transaction<Result>(work: (unit: UnitOfWork<M>) => Promise<Result>, options?: LimitOptions): Promise<Result>
  /** Waits until no connection is in use, and closes every connection. */
  close(): Promise<void>
}

/** One PostgreSQL database: its pool, its models, its transactions. */
export type Database<M extends Models> = UnitOfWork<M> & DatabaseMethods<M>

interface DatabaseOptions<M extends Models> {
  /** A `postgres://` URL. */
  url: string
  /** Shown by `pg_stat_activity`. */
  applicationName: string
  /** Maximum number of connections. */
  poolSize: number
  /** The database role to assume after login, which has fewer rights than the role of the URL. */
  role?: string
  /** Logs the outages of the database; default: nothing is logged. */
  watch?: DependencyWatch
  /** Defines the models on this connection, with their associations. */
  define(sequelize: Sequelize): M
}

/**
 * Opens a database. It connects at the first statement. When the database is unreachable, this function succeeds, and the
 * statement fails within 5 s.
 *
 * A bigint is returned as a number, because numbers of bytes and our ids are below 2^53.
 */
export function openDatabase<M extends Models>(options: DatabaseOptions<M>): Database<M> {
  const sequelize = connect(options)
  const models = options.define(sequelize)
  const run = watched(options.watch ?? unwatched)
  return {
    ...onPool(sequelize, run),
    ...bindModels(models, { run }),
    transaction: (work, limit) =>
      run(() =>
        limitUnit(limit, (state) =>
          sequelize.transaction(async (transaction) => {
            const unit = {
              // oxlint-disable-next-line likeness/no-database-in-transaction -- its statements carry the transaction
              ...inTransaction(sequelize, transaction, state.run),
              ...bindModels(models, { transaction, run: state.run }),
            }
            const result = await work(unit)
            state.end()
            return result
          }),
        ),
      ),
    close: () => sequelize.close(),
  }
}

type Run = <T>(statement: () => Promise<T>) => Promise<T>

/** Runs statements, and reports to the watch whether the database could be reached. */
function watched(watch: DependencyWatch): Run {
  return async (statement) => {
    try {
      const result = await statement()
      watch.succeeded()
      return result
    } catch (error) {
      if (isDatabaseUnreachable(error)) watch.failed(error)
      throw error
    }
  }
}

function connect<M extends Models>({ url, applicationName, poolSize, role }: DatabaseOptions<M>): Sequelize {
  return new Sequelize(url, {
    dialect: 'postgres',
    dialectModule: pgDriver(),
    logging: false,
    pool: { max: poolSize, min: 0, acquire: limits.acquire, idle: limits.idle },
    dialectOptions: {
      application_name: applicationName,
      connectionTimeoutMillis: limits.connect,
      statement_timeout: limits.statement,
      query_timeout: limits.answer,
      idle_in_transaction_session_timeout: limits.idleInTransaction,
      keepAlive: true,
      ...(role ? { options: `-c role=${role}` } : {}),
    },
    // PostgreSQL sets all times, because application hosts have different clocks.
    define: { underscored: true, freezeTableName: true, timestamps: false },
  })
}

/**
 * Runs SQL on a connection of the pool, directly through `pg`. Through `sequelize.query`, a read by id takes 1.6 to 1.9
 * times the CPU (docs/adr/0032).
 */
function onPool(sequelize: Sequelize, run: Run): Sql {
  const { connectionManager } = sequelize
  return sqlOver(<Row extends object>(statement: string, values: Values = {}) =>
    run(async () => {
      const query = toPositions(statement, values)
      // Sequelize's public method. It returns the client of the dialect.
      const client = (await connectionManager.getConnection({ type: 'write' })) as pg.Client
      let isGood = false
      try {
        const { rows } = await client.query(query)
        isGood = true
        return rows as Row[]
      } catch (error) {
        // After an error from PostgreSQL the connection is usable. After any other error its state is unknown.
        isGood = error instanceof pg.DatabaseError
        throw error
      } finally {
        if (isGood) connectionManager.releaseConnection(client)
        else void connectionManager.destroyConnection(client).catch(() => undefined)
      }
    }),
  )
}

function inTransaction(sequelize: Sequelize, transaction: Transaction, run: Run): Sql {
  return sqlOver(<Row extends object>(statement: string, values: Values = {}) =>
    run(async () => {
      const { text, values: bind } = toPositions(statement, values)
      try {
        const rows = await sequelize.query(text, { bind, transaction, raw: true, type: QueryTypes.SELECT })
        return rows as Row[]
      } catch (error) {
        throw databaseError(error)
      }
    }),
  )
}
