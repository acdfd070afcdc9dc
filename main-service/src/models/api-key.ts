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

/** An API key of a machine client. The row of a revoked key is deleted after 30 days. */
export interface ApiKeyModel extends Model<InferAttributes<ApiKeyModel>, InferCreationAttributes<ApiKeyModel>> {
  id: string
  /** The creator of the key, whose rights limit the key. */
  userId: string
  name: string
  /** SHA-256 of the key, hexadecimal. */
  keyHash: string
  /** The last characters of the key. */
  hint: string
  permissions: string[]
  /** null: the key never expires. */
  expiresAt: CreationOptional<Date | null>
  lastUsedAt: CreationOptional<Date | null>
  revokedAt: CreationOptional<Date | null>
  createdAt: CreationOptional<Date>
}

export type ApiKeyAttributes = Attributes<ApiKeyModel>

/** The model of the table `api_key`. */
export function defineApiKey(sequelize: Sequelize): ModelStatic<ApiKeyModel> {
  return sequelize.define<ApiKeyModel>(
    'ApiKey',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.UUID, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      keyHash: { type: DataTypes.CHAR(64), allowNull: false },
      hint: { type: DataTypes.TEXT, allowNull: false },
      permissions: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      expiresAt: DataTypes.DATE(3),
      lastUsedAt: DataTypes.DATE(3),
      revokedAt: DataTypes.DATE(3),
      createdAt: timeOfRow(),
    },
    { tableName: 'api_key' },
  )
}
