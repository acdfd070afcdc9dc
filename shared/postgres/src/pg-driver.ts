import pg from 'pg'

const BIGINT_OID = 20

/**
 * A client with an error handler. Sequelize handles the errors of a client only while the client is in its pool. If the
 * server stops at another time, the error must not end the process.
 */
class SafeClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}

/** `pg`, with bigint as number. `pg.types.setTypeParser` would change that for the whole process. */
export function pgDriver(): typeof pg {
  const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT_OID && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format)
  return { ...pg, Client: SafeClient, types: { ...pg.types, getTypeParser } }
}
