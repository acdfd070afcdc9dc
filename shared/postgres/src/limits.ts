/**
 * Time limits for PostgreSQL, in milliseconds, the same in every deployable. With these limits a service responds with 503
 * within 5 s when PostgreSQL is unreachable or hangs.
 */
export const limits = {
  /** To open a connection. */
  connect: 3_000,
  /** To get a connection from the pool. */
  acquire: 4_000,
  /** For one statement, enforced by PostgreSQL. */
  statement: 4_000,
  /** For one statement, enforced in this process, because a PostgreSQL that hangs does not cancel statements. */
  answer: 4_500,
  /**
   * For a whole transaction that a client waits for. Each statement has its own limit, but when the database hangs, a
   * transaction waits twice: for the result of the statement, and for the result of its ROLLBACK (measured: 9 s).
   */
  transaction: 4_700,
  /** After this time PostgreSQL ends an idle transaction, so that a process that hangs does not hold its locks. */
  idleInTransaction: 30_000,
  /** After this time an unused connection is closed. */
  idle: 30_000,
} as const
