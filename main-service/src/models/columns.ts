import { DataTypes, literal } from 'sequelize'

/** A column that PostgreSQL fills with the time of the transaction. A new object each time: Sequelize writes into it. */
export const timeOfRow = () => ({ type: DataTypes.DATE(3), allowNull: false, defaultValue: literal('now()') })
