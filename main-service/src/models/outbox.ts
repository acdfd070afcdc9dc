import {
  DataTypes,
  type Attributes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'

export type OutboxKind = 'owner-state' | 'invitation-mail'

/** A delivery to another service or to the mail server. There is one row per kind and subject. */
export interface OutboxModel extends Model<InferAttributes<OutboxModel>, InferCreationAttributes<OutboxModel>> {
  id: CreationOptional<number>
  kind: OutboxKind
  /** The id of the user or the invitation. */
  subject: string
  payload: CreationOptional<Record<string, unknown>>
  /**
   * Incremented when the row is written again, so that a delivery of the older payload does not delete the newer one.
   */
  revision: CreationOptional<number>
  dueAt: CreationOptional<Date>
  attempts: CreationOptional<number>
  lastError: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
}

export type OutboxAttributes = Attributes<OutboxModel>

/** The model of the table `outbox`. */
export function defineOutbox(sequelize: Sequelize): ModelStatic<OutboxModel> {
  return sequelize.define<OutboxModel>(
    'Outbox',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true },
      kind: { type: DataTypes.TEXT, allowNull: false },
      subject: { type: DataTypes.UUID, allowNull: false },
      payload: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      revision: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      dueAt: timeOfRow(),
      attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      lastError: DataTypes.TEXT,
      createdAt: timeOfRow(),
    },
    { tableName: 'outbox' },
  )
}
