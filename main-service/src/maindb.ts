import { openDatabase, problems } from '@likeness/service-kit'
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize'

type Values = Record<string, unknown>

/** Where statements run: on the pool, or inside one transaction. `:name` in a statement stands for a value. */
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

function statements(sequelize: Sequelize, transaction: Transaction | null = null): Sql {
  const rows = <Row extends object>(statement: string, values: Values = {}) =>
    sequelize.query<Row>(statement, { replacements: values, type: QueryTypes.SELECT, transaction })
  return {
    rows,
    async row<Row extends object>(statement: string, values?: Values) {
      const [first] = await rows<Row>(statement, values)
      return first
    },
  }
}
