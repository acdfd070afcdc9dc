import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'

/** The names of medias-service's presets, in the only row of the table. */
export interface MediaPresetsModel extends Model<
  InferAttributes<MediaPresetsModel>,
  InferCreationAttributes<MediaPresetsModel>
> {
  /** Always true, so that the table has at most one row. */
  id: CreationOptional<boolean>
  names: CreationOptional<string[]>
  updatedAt: CreationOptional<Date>
}

/** The model of the table `media_presets`. */
export function defineMediaPresets(sequelize: Sequelize): ModelStatic<MediaPresetsModel> {
  return sequelize.define<MediaPresetsModel>(
    'MediaPresets',
    {
      id: { type: DataTypes.BOOLEAN, primaryKey: true, defaultValue: true },
      names: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, defaultValue: [] },
      updatedAt: timeOfRow(),
    },
    { tableName: 'media_presets' },
  )
}
