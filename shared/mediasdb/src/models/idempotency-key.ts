import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfInsert } from './time-of-insert.ts'

/** The first request with an Idempotency-Key and its response; `status` is null while the request is running. */
export interface IdempotencyKeyModel extends Model<
  InferAttributes<IdempotencyKeyModel>,
  InferCreationAttributes<IdempotencyKeyModel>
> {
  caller: string
  route: string
  key: string
  requestHash: string
  status: CreationOptional<number | null>
  headers: CreationOptional<Record<string, string> | null>
  body: CreationOptional<unknown>
  createdAt: CreationOptional<Date>
}

/** The model of table `idempotency_key` on this connection. */
export function defineIdempotencyKey(sequelize: Sequelize): ModelStatic<IdempotencyKeyModel> {
  return sequelize.define<IdempotencyKeyModel>(
    'IdempotencyKey',
    {
      caller: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      route: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      key: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      requestHash: { type: DataTypes.TEXT, allowNull: false },
      status: DataTypes.INTEGER,
      headers: DataTypes.JSONB,
      body: DataTypes.JSONB,
      createdAt: timeOfInsert(),
    },
    { tableName: 'idempotency_key' },
  )
}
