import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfInsert } from './time-of-insert.ts'

/** The fleet settings, which all workers follow. The table has exactly one row. */
export interface FleetModel extends Model<InferAttributes<FleetModel>, InferCreationAttributes<FleetModel>> {
  /** Always true: a second row would violate the primary key. */
  id: CreationOptional<boolean>
  /** Whether workers accept no jobs. */
  paused: CreationOptional<boolean>
  /** Number of slots of each worker; null: each worker uses its own number. */
  slots: CreationOptional<number | null>
  /** The presets in force, as medias-service wrote them; null before it wrote any. */
  presets: unknown
  updatedAt: CreationOptional<Date>
}

/** The model of table `fleet` on this connection. */
export function defineFleet(sequelize: Sequelize): ModelStatic<FleetModel> {
  return sequelize.define<FleetModel>(
    'Fleet',
    {
      id: { type: DataTypes.BOOLEAN, allowNull: false, primaryKey: true, defaultValue: true },
      paused: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      slots: DataTypes.INTEGER,
      presets: DataTypes.JSONB,
      updatedAt: timeOfInsert(),
    },
    { tableName: 'fleet' },
  )
}
