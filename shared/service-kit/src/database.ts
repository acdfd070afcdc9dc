import { Sequelize } from 'sequelize'

interface DatabaseOptions {
  url: string
  /** Told to PostgreSQL, so that its own views say whose connection it is. */
  applicationName: string
  poolSize: number
  /** The database role to become, weaker than the one that logs in; the same where it is the one. */
  role?: string
}

/**
 * A pool over one PostgreSQL database; nothing connects before the first query.
 *
 * Every wait ends within 5 s, so that a client hears of a database that is away or stuck, and need not guess.
 */
export function openDatabase({ url, applicationName, poolSize, role }: DatabaseOptions): Sequelize {
  return new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max: poolSize, min: 0, idle: 30_000, acquire: 4_000 },
    dialectOptions: {
      application_name: applicationName,
      connectionTimeoutMillis: 3_000,
      statement_timeout: 4_000,
      query_timeout: 4_500,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      ...(role ? { options: `-c role=${role}` } : {}),
    },
    define: { underscored: true, freezeTableName: true },
  })
}
