import {
  DataTypes,
  literal,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'

/** An entry of the revocation feed. Triggers insert the entries. The code only reads them, and deletes expired ones. */
export interface RevocationModel extends Model<
  InferAttributes<RevocationModel>,
  InferCreationAttributes<RevocationModel>
> {
  id: CreationOptional<number>
  /** The transaction that wrote the row: an xid8 in decimal. */
  xid: CreationOptional<string>
  kind: 'user' | 'role' | 'session' | 'key'
  /** The id of the user, role, session or key. */
  subject: string
  /** Tokens with a lower epoch are stale. */
  minEpoch: number
  createdAt: CreationOptional<Date>
}

/** The model of the table `revocation`. */
export function defineRevocation(sequelize: Sequelize): ModelStatic<RevocationModel> {
  return sequelize.define<RevocationModel>(
    'Revocation',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true },
      xid: { type: 'XID8', allowNull: false, defaultValue: literal('pg_current_xact_id()') },
      kind: { type: DataTypes.TEXT, allowNull: false },
      subject: { type: DataTypes.UUID, allowNull: false },
      minEpoch: { type: DataTypes.INTEGER, allowNull: false },
      createdAt: timeOfRow(),
    },
    { tableName: 'revocation' },
  )
}
