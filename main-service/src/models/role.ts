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
import type { PermissionModel } from './permission.ts'

export interface RoleModel extends Model<InferAttributes<RoleModel>, InferCreationAttributes<RoleModel>> {
  id: string
  name: string
  description: CreationOptional<string>
  /** Whether the product depends on the role. Then it cannot be renamed or deleted. */
  seeded: CreationOptional<boolean>
  /** Access tokens that contain this role with a lower epoch are stale. */
  epoch: CreationOptional<number>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
  permissions?: NonAttribute<PermissionModel[]>
}

export type RoleAttributes = Attributes<RoleModel>

/** The model of the table `roles`. */
export function defineRole(sequelize: Sequelize): ModelStatic<RoleModel> {
  return sequelize.define<RoleModel>(
    'Role',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      description: { type: DataTypes.TEXT, allowNull: false, defaultValue: '' },
      seeded: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      epoch: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      createdAt: timeOfRow(),
      updatedAt: timeOfRow(),
    },
    { tableName: 'roles' },
  )
}
