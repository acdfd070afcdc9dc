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

import type { ApiKeyModel } from './api-key.ts'
import { timeOfRow } from './columns.ts'
import type { FeatureBucketModel } from './feature-bucket.ts'
import type { InvitationModel } from './invitation.ts'
import type { RoleModel } from './role.ts'
import type { SessionModel } from './session.ts'

/** The stored status. A user with `deletedAt` is deleted, and has this status again when restored. */
export type UserStatus = 'active' | 'invited' | 'unverified' | 'suspended'

/** Custom fields of a user. */
export type Profile = Record<string, string | number | boolean | null>

export interface UserModel extends Model<InferAttributes<UserModel>, InferCreationAttributes<UserModel>> {
  id: string
  email: string
  /**
   * The address in its normal form (`emailKey` of `@likeness/internal-api`); unique among users who are not deleted.
   */
  emailKey: string
  name: string
  status: UserStatus
  passwordHash: CreationOptional<string | null>
  avatarMediaId: CreationOptional<string | null>
  /** The version of the media. Null if there is no avatar, or if an older release set it. */
  avatarVersion: CreationOptional<number | null>
  locale: CreationOptional<string | null>
  emailVerifiedAt: CreationOptional<Date | null>
  lastLoginAt: CreationOptional<Date | null>
  /** Access tokens with a lower epoch are stale. */
  epoch: CreationOptional<number>
  profile: CreationOptional<Profile>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
  deletedAt: CreationOptional<Date | null>
  /** When the erasure began; the user cannot be restored afterwards. */
  erasingAt: CreationOptional<Date | null>
  roles?: NonAttribute<RoleModel[]>
  sessions?: NonAttribute<SessionModel[]>
  apiKeys?: NonAttribute<ApiKeyModel[]>
  buckets?: NonAttribute<FeatureBucketModel[]>
  invitation?: NonAttribute<InvitationModel | null>
}

export type UserAttributes = Attributes<UserModel>

/** The model of the table `users`. */
export function defineUser(sequelize: Sequelize): ModelStatic<UserModel> {
  return sequelize.define<UserModel>(
    'User',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      email: { type: DataTypes.TEXT, allowNull: false },
      emailKey: { type: DataTypes.TEXT, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      status: { type: DataTypes.TEXT, allowNull: false },
      passwordHash: DataTypes.TEXT,
      avatarMediaId: DataTypes.UUID,
      avatarVersion: DataTypes.INTEGER,
      locale: DataTypes.TEXT,
      emailVerifiedAt: DataTypes.DATE(3),
      lastLoginAt: DataTypes.DATE(3),
      epoch: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      profile: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      createdAt: timeOfRow(),
      updatedAt: timeOfRow(),
      deletedAt: DataTypes.DATE(3),
      erasingAt: DataTypes.DATE(3),
    },
    { tableName: 'users' },
  )
}
