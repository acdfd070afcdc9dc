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

/** The first request with an Idempotency-Key, and its response. `status` is null while the request is in flight. */
export interface IdempotencyKeyModel extends Model<
  InferAttributes<IdempotencyKeyModel>,
  InferCreationAttributes<IdempotencyKeyModel>
> {
  /** The credential: the id of a user, or the ids of a user and an API key, separated by a colon. */
  caller: string
  route: string
  key: string
  /** An HMAC of the request. The same key with another request is rejected. */
  requestHash: string
  status: CreationOptional<number | null>
  headers: CreationOptional<Record<string, string> | null>
  body: unknown
  createdAt: CreationOptional<Date>
}

/** Defines the model of the table `idempotency_key`, which both databases have. */
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
      createdAt: { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') },
    },
    { tableName: 'idempotency_key' },
  )
}
