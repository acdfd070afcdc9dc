import { DataTypes, literal } from 'sequelize'

/**
 * A column with the start time of the transaction as default. Returns a new object each time, because Sequelize changes
 * it.
 */
export const timeOfRow = () => ({ type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') })
