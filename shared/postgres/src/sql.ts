/** The values of a statement, by name. */
export type Values = Record<string, unknown>

/**
 * Runs hand-written SQL, on the pool or inside one transaction.
 *
 * `:name` in a statement stands for a value. Values are sent separately from the statement, so that PostgreSQL never parses
 * them as SQL. A list becomes an array (`= ANY(:ids::uuid[])`), and an object becomes JSON.
 */
export interface Sql {
  /** @throws {pg.DatabaseError} the error of PostgreSQL, with `code` and `constraint` */
  rows<Row extends object>(statement: string, values?: Values): Promise<Row[]>
  /** The first row, or undefined. */
  row<Row extends object>(statement: string, values?: Values): Promise<Row | undefined>
}

/** Adds `row` to a function that runs statements. */
export function sqlOver(rows: Sql['rows']): Sql {
  return {
    rows,
    async row<Row extends object>(statement: string, values?: Values) {
      const [first] = await rows<Row>(statement, values)
      return first
    },
  }
}
