import {
  DataTypes,
  type Attributes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type NonAttribute,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'
import type { RefreshTokenModel } from './refresh-token.ts'

export type EndReason = 'logout' | 'password-changed' | 'suspended' | 'deleted' | 'expired' | 'refresh-token-reused'

export interface SessionModel extends Model<InferAttributes<SessionModel>, InferCreationAttributes<SessionModel>> {
  id: string
  userId: string
  /** The client's description of itself. */
  device: CreationOptional<string | null>
  /** The IP address of the last login or refresh. */
  address: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
  lastUsedAt: CreationOptional<Date>
  expiresAt: Date
  /** null until the session ends, like `endedReason`. */
  endedAt: CreationOptional<Date | null>
  endedReason: CreationOptional<EndReason | null>
  refreshTokens?: NonAttribute<RefreshTokenModel[]>
}

export type SessionAttributes = Attributes<SessionModel>

/** The model of the table `sessions`. */
export function defineSession(sequelize: Sequelize): ModelStatic<SessionModel> {
  return sequelize.define<SessionModel>(
    'Session',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.UUID, allowNull: false },
      device: DataTypes.TEXT,
      address: DataTypes.TEXT,
      createdAt: timeOfRow(),
      lastUsedAt: timeOfRow(),
      expiresAt: { type: DataTypes.DATE(3), allowNull: false },
      endedAt: DataTypes.DATE(3),
      endedReason: DataTypes.TEXT,
    },
    { tableName: 'sessions' },
  )
}
