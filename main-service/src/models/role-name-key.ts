import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** A key of a role's name. No two roles have the same key, so that their names do not look the same. */
export interface RoleNameKeyModel extends Model<
  InferAttributes<RoleNameKeyModel>,
  InferCreationAttributes<RoleNameKeyModel>
> {
  key: string
  roleId: string
}

/** The model of the table `role_name_key`. */
export function defineRoleNameKey(sequelize: Sequelize): ModelStatic<RoleNameKeyModel> {
  return sequelize.define<RoleNameKeyModel>(
    'RoleNameKey',
    {
      key: { type: DataTypes.TEXT, primaryKey: true },
      roleId: { type: DataTypes.UUID, allowNull: false },
    },
    { tableName: 'role_name_key' },
  )
}
