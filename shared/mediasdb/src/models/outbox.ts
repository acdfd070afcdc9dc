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

import { timeOfInsert } from './time-of-insert.ts'

const NIL = '00000000-0000-0000-0000-000000000000'

/** A job to publish, written in the transaction that changes the rows of its media. */
export interface OutboxModel extends Model<InferAttributes<OutboxModel>, InferCreationAttributes<OutboxModel>> {
  id: CreationOptional<number>
  /** The transaction that wrote the row, an xid8 in decimal; never written by the application. */
  xid: CreationOptional<string>
  routingKey: 'interactive' | 'bulk'
  /** The owner of the media of the job; the nil UUID if it is unknown. */
  ownerId: CreationOptional<string>
  payload: unknown
  leaseUntil: CreationOptional<Date | null>
  attempts: CreationOptional<number>
  lastError: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
}

/** The model of table `outbox` on this connection. */
export function defineOutbox(sequelize: Sequelize): ModelStatic<OutboxModel> {
  return sequelize.define<OutboxModel>(
    'Outbox',
    {
      id: {
        type: DataTypes.BIGINT,
        allowNull: false,
        primaryKey: true,
        autoIncrement: true,
        autoIncrementIdentity: true,
      },
      xid: { type: 'XID8', allowNull: false, defaultValue: literal('pg_current_xact_id()') },
      routingKey: { type: DataTypes.TEXT, allowNull: false },
      payload: { type: DataTypes.JSONB, allowNull: false },
      ownerId: { type: DataTypes.UUID, allowNull: false, defaultValue: NIL },
      leaseUntil: DataTypes.DATE(3),
      attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      lastError: DataTypes.TEXT,
      createdAt: timeOfInsert(),
    },
    { tableName: 'outbox' },
  )
}
