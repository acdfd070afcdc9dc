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

/** Every refresh token that a session has had. At most one of them is unused. */
export interface RefreshTokenModel extends Model<
  InferAttributes<RefreshTokenModel>,
  InferCreationAttributes<RefreshTokenModel>
> {
  /** SHA-256 of the token, hexadecimal. */
  tokenHash: string
  sessionId: string
  /** Hash of the token that was exchanged for this token; null for the first token of a session. */
  parentHash: CreationOptional<string | null>
  spentAt: CreationOptional<Date | null>
  createdAt: CreationOptional<Date>
}

/** The model of the table `refresh_token`. */
export function defineRefreshToken(sequelize: Sequelize): ModelStatic<RefreshTokenModel> {
  return sequelize.define<RefreshTokenModel>(
    'RefreshToken',
    {
      tokenHash: { type: DataTypes.CHAR(64), primaryKey: true },
      sessionId: { type: DataTypes.UUID, allowNull: false },
      parentHash: DataTypes.CHAR(64),
      spentAt: DataTypes.DATE(3),
      createdAt: timeOfRow(),
    },
    { tableName: 'refresh_token' },
  )
}
