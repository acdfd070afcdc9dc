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

/** A rendition that no size references any more. The row exists until the file is deleted. */
export interface CondemnedRenditionModel extends Model<
  InferAttributes<CondemnedRenditionModel>,
  InferCreationAttributes<CondemnedRenditionModel>
> {
  storeKey: string
  /** SHA-256 of the source's bytes. */
  sha256: string
  createdAt: CreationOptional<Date>
}

/** The model of table `condemned_rendition` on this connection. */
export function defineCondemnedRendition(sequelize: Sequelize): ModelStatic<CondemnedRenditionModel> {
  return sequelize.define<CondemnedRenditionModel>(
    'CondemnedRendition',
    {
      storeKey: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      sha256: { type: DataTypes.CHAR(64), allowNull: false },
      createdAt: timeOfInsert(),
    },
    { tableName: 'condemned_rendition' },
  )
}
