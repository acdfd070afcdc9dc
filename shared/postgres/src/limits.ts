/**
 * Limits of every wait for PostgreSQL, in milliseconds, the same in every deployable. With these limits a service
 * answers 503 within 5 s when PostgreSQL is unreachable or hangs.
 */
export const limits = {
  /** To open a connection. */
  connect: 3_000,
  /** To get a connection of the pool. */
  acquire: 4_000,
  /** For one statement, enforced by PostgreSQL. */
  statement: 4_000,
  /** For one statement, enforced in this process: a PostgreSQL that hangs cancels nothing. */
  answer: 4_500,
  /**
   * For a whole transaction that a client waits for. Each statement has its own limit, but when the database hangs, a
   * transaction waits twice: for the answer to the statement, and for the answer to its ROLLBACK (measured: 9 s).
   */
  transaction: 4_700,
  /** After this time PostgreSQL ends an idle transaction: a process that hangs must not hold its locks. */
  idleInTransaction: 30_000,
  /** How long an unused connection stays open. */
  idle: 30_000,
} as const
