import { DataTypes, literal } from 'sequelize'

/**
 * A column that PostgreSQL sets to its own time when a row is inserted. Each call returns a new object, because Sequelize
 * changes it.
 */
export function timeOfInsert() {
  return { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') }
}
