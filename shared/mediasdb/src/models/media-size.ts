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

/** A size of a version: its preset and format, its dimensions, and its key in the file store. */
export interface MediaSizeModel extends Model<
  InferAttributes<MediaSizeModel>,
  InferCreationAttributes<MediaSizeModel>
> {
  id: string
  versionId: string
  preset: string
  format: string
  width: number
  height: number
  bytes: number
  storeKey: string
  fingerprint: string
  createdAt: CreationOptional<Date>
}

/** The model of table `media_size` on this connection. */
export function defineMediaSize(sequelize: Sequelize): ModelStatic<MediaSizeModel> {
  return sequelize.define<MediaSizeModel>(
    'MediaSize',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      versionId: { type: DataTypes.UUID, allowNull: false },
      preset: { type: DataTypes.TEXT, allowNull: false },
      format: { type: DataTypes.TEXT, allowNull: false },
      width: { type: DataTypes.INTEGER, allowNull: false },
      height: { type: DataTypes.INTEGER, allowNull: false },
      bytes: { type: DataTypes.BIGINT, allowNull: false },
      storeKey: { type: DataTypes.TEXT, allowNull: false },
      fingerprint: { type: DataTypes.TEXT, allowNull: false },
      createdAt: timeOfInsert(),
    },
    { tableName: 'media_size' },
  )
}
