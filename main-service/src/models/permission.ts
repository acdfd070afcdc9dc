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

export interface PermissionModel extends Model<
  InferAttributes<PermissionModel>,
  InferCreationAttributes<PermissionModel>
> {
  id: string
  /** `resource:action` or `resource:action:own`, where `*` can replace a segment, or `*` alone. */
  name: string
  description: CreationOptional<string>
  /** Whether routes depend on the permission. Then it cannot be renamed or deleted. */
  seeded: CreationOptional<boolean>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
}

export type PermissionAttributes = Attributes<PermissionModel>

/** The model of the table `permissions`. */
export function definePermission(sequelize: Sequelize): ModelStatic<PermissionModel> {
  return sequelize.define<PermissionModel>(
    'Permission',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: { type: DataTypes.TEXT, allowNull: false },
      description: { type: DataTypes.TEXT, allowNull: false, defaultValue: '' },
      seeded: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      createdAt: timeOfRow(),
      updatedAt: timeOfRow(),
    },
    { tableName: 'permissions' },
  )
}
