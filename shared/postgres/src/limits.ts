/**
 * The limits of every wait for PostgreSQL, in milliseconds, the same in every deployable. A client hears within 5 s
 * that a database is away or stuck; it need not guess.
 */
export const limits = {
  /** To open a connection. */
  connect: 3_000,
  /** To get a connection of the pool. */
  acquire: 4_000,
  /** For one statement, enforced by PostgreSQL. */
  statement: 4_000,
  /** For one statement, enforced here: PostgreSQL may hang and cancel nothing. */
  answer: 4_500,
  /**
   * For a whole transaction that a client waits for. Each statement has its own limit, but on a database that hangs a
   * transaction waits twice: the statement gets no answer, and then the ROLLBACK gets none (measured: 9 s).
   */
  transaction: 4_700,
  /** How long PostgreSQL keeps a transaction open that nobody continues: a process that hangs must not hold its locks. */
  idleInTransaction: 30_000,
  /** How long an unused connection stays open. */
  idle: 30_000,
} as const
