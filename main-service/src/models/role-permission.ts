import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** A permission of a role. */
export interface RolePermissionModel extends Model<
  InferAttributes<RolePermissionModel>,
  InferCreationAttributes<RolePermissionModel>
> {
  roleId: string
  permissionId: string
}

/** The model of the table `role_permissions`. */
export function defineRolePermission(sequelize: Sequelize): ModelStatic<RolePermissionModel> {
  return sequelize.define<RolePermissionModel>(
    'RolePermission',
    {
      roleId: { type: DataTypes.UUID, primaryKey: true },
      permissionId: { type: DataTypes.UUID, primaryKey: true },
    },
    { tableName: 'role_permissions' },
  )
}
