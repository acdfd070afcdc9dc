import { openDatabase, problems } from '@likeness/service-kit'
import type { Sequelize, Transaction } from 'sequelize'

import { toPositions } from './named-values.ts'

type Values = Record<string, unknown>

/**
 * Where statements run: on the pool, or inside one transaction. `:name` in a statement stands for a value, which
 * PostgreSQL gets apart from it: a list is an array (`= ANY(:ids::uuid[])`), an object is JSON.
 */
export interface Sql {
  rows<Row extends object>(statement: string, values?: Values): Promise<Row[]>
  /** The first row, where there is one. */
  row<Row extends object>(statement: string, values?: Values): Promise<Row | undefined>
}

export interface Maindb extends Sql {
  sequelize: Sequelize
  /**
   * Commits what `work` did, or nothing of it when it throws.
   *
   * @throws {Problem} 503 after 4.7 s; what was done by then is rolled back.
   */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/**
 * A client hears within 5 s. Each statement has its own limit, but of a database that hangs a transaction asks twice:
 * after the statement that got no answer comes a rollback that gets none (measured: 9 s).
 */
const TRANSACTION_LIMIT_MS = 4_700

/** Opens maindb; nothing connects before the first statement. */
export function openMaindb(options: Parameters<typeof openDatabase>[0]): Maindb {
  const sequelize = openDatabase(options)
  return {
    sequelize,
    ...statements(sequelize),
    transaction: (work) =>
      withinLimit((assertInTime) =>
        sequelize.transaction(async (transaction) => {
          const result = await work(statements(sequelize, transaction))
          // Whoever asked has been told that nothing was done.
          assertInTime()
          return result
        }),
      ),
    close: () => sequelize.close(),
  }
}

async function withinLimit<Result>(run: (assertInTime: () => void) => Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  let isLate = false
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(problems.unavailable('database', new Error(`no end within ${TRANSACTION_LIMIT_MS} ms`)))
    }, TRANSACTION_LIMIT_MS)
  })
  const assertInTime = () => {
    if (isLate) throw new Error('The transaction came too late to be committed')
  }
  try {
    return await Promise.race([run(assertInTime), limit])
  } finally {
    clearTimeout(timer)
  }
}

/** A client of `pg`, as Sequelize's pool holds them. */
interface Connection {
  query(statement: { text: string; values: unknown[] }): Promise<{ rows: unknown[] }>
  /** Sequelize's own mark: not to be used again. */
  _invalid?: boolean
}

/** What the pool of Sequelize gives, beside what its types say. */
interface ConnectionPool {
  getConnection(options: object): Promise<Connection>
  releaseConnection(connection: Connection): void
}

/**
 * Statements go straight to `pg`, on the connections of Sequelize's pool: through `sequelize.query` a read by its id
 * took 1.7 times the CPU (docs/adr/0021).
 */
function statements(sequelize: Sequelize, transaction?: Transaction): Sql {
  const pool = sequelize.connectionManager as unknown as ConnectionPool
  const rows = async <Row extends object>(statement: string, values: Values = {}): Promise<Row[]> => {
    const positional = toPositions(statement, values)
    if (transaction) return send<Row>((transaction as unknown as { connection: Connection }).connection, positional)
    const connection = await pool.getConnection({})
    try {
      return await send<Row>(connection, positional)
    } finally {
      pool.releaseConnection(connection)
    }
  }
  return {
    rows,
    async row<Row extends object>(statement: string, values?: Values) {
      const [first] = await rows<Row>(statement, values)
      return first
    },
  }
}

async function send<Row>(connection: Connection, statement: { text: string; values: unknown[] }): Promise<Row[]> {
  try {
    const { rows } = await connection.query(statement)
    return rows as Row[]
  } catch (error) {
    // An error that PostgreSQL itself answered leaves the connection good; after any other nobody knows what is on it.
    // oxlint-disable-next-line no-underscore-dangle
    if (!(error instanceof Error && 'severity' in error)) connection._invalid = true
    throw error
  }
}
