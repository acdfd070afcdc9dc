import { openDatabase } from '@likeness/service-kit'
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
  /** Commits what `work` did, or nothing of it when it throws. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** Opens maindb; nothing connects before the first statement. */
export function openMaindb(options: Parameters<typeof openDatabase>[0]): Maindb {
  const sequelize = openDatabase(options)
  return {
    sequelize,
    ...statements(sequelize),
    transaction: (work) => sequelize.transaction((transaction) => work(statements(sequelize, transaction))),
    close: () => sequelize.close(),
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
