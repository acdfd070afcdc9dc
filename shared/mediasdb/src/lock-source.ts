import { QueryTypes, type Sequelize, type Transaction } from 'sequelize'

/**
 * Waits for the lock of a source and holds it until the transaction ends. Whoever inserts or condemns a blob, or
 * deletes renditions, does it under this lock, so that "found it present" and "deleted it" cannot cross.
 *
 * @param sha256 of the source's bytes, 64 hexadecimal digits
 */
export async function lockSource(sequelize: Sequelize, sha256: string, transaction: Transaction): Promise<void> {
  await sequelize.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', {
    bind: [sha256],
    type: QueryTypes.SELECT,
    transaction,
  })
}
