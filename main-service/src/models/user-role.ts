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

/** The grant of a role to a user. */
export interface UserRoleModel extends Model<InferAttributes<UserRoleModel>, InferCreationAttributes<UserRoleModel>> {
  userId: string
  roleId: string
  /** null: the grant never expires. */
  expiresAt: CreationOptional<Date | null>
  createdAt: CreationOptional<Date>
}

export type UserRoleAttributes = Attributes<UserRoleModel>

/** The model of the table `user_roles`. */
export function defineUserRole(sequelize: Sequelize): ModelStatic<UserRoleModel> {
  return sequelize.define<UserRoleModel>(
    'UserRole',
    {
      userId: { type: DataTypes.UUID, primaryKey: true },
      roleId: { type: DataTypes.UUID, primaryKey: true },
      expiresAt: DataTypes.DATE(3),
      createdAt: timeOfRow(),
    },
    { tableName: 'user_roles' },
  )
}
