import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'

/** The answer to a request with an Idempotency-Key; `status` is null while the request runs. */
export interface IdempotencyKeyModel extends Model<
  InferAttributes<IdempotencyKeyModel>,
  InferCreationAttributes<IdempotencyKeyModel>
> {
  caller: string
  route: string
  key: string
  /** An HMAC of the request: the same key with another request is refused. */
  requestHash: string
  status: CreationOptional<number | null>
  headers: CreationOptional<Record<string, string> | null>
  body: CreationOptional<unknown>
  createdAt: CreationOptional<Date>
}

/** The model of the table `idempotency_key`; its statements are in `@likeness/postgres`. */
export function defineIdempotencyKey(sequelize: Sequelize): ModelStatic<IdempotencyKeyModel> {
  return sequelize.define<IdempotencyKeyModel>(
    'IdempotencyKey',
    {
      caller: { type: DataTypes.TEXT, primaryKey: true },
      route: { type: DataTypes.TEXT, primaryKey: true },
      key: { type: DataTypes.TEXT, primaryKey: true },
      requestHash: { type: DataTypes.TEXT, allowNull: false },
      status: DataTypes.INTEGER,
      headers: DataTypes.JSONB,
      body: DataTypes.JSONB,
      createdAt: timeOfRow(),
    },
    { tableName: 'idempotency_key' },
  )
}
