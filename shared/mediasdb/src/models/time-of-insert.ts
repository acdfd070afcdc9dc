import { DataTypes, literal } from 'sequelize'

/**
 * A column that PostgreSQL's clock sets when a row is inserted. A new object each time, because Sequelize changes it.
 */
export function timeOfInsert() {
  return { type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') }
}
