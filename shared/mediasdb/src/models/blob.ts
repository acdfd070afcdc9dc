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

export type BlobState = 'live' | 'condemned' | 'gone'

/** The bytes of an original, stored once even if several media have them. `bytes` is their number. */
export interface BlobModel extends Model<InferAttributes<BlobModel>, InferCreationAttributes<BlobModel>> {
  id: string
  sha256: string
  bytes: number
  storeKey: string
  state: CreationOptional<BlobState>
  /** How often renditions of these bytes were condemned. */
  condemnations: CreationOptional<number>
  createdAt: CreationOptional<Date>
}

/** The model of table `blob` on this connection. */
export function defineBlob(sequelize: Sequelize): ModelStatic<BlobModel> {
  return sequelize.define<BlobModel>(
    'Blob',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      sha256: { type: DataTypes.CHAR(64), allowNull: false },
      bytes: { type: DataTypes.BIGINT, allowNull: false },
      storeKey: { type: DataTypes.TEXT, allowNull: false },
      state: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'live' },
      condemnations: { type: DataTypes.BIGINT, allowNull: false, defaultValue: 0 },
      createdAt: timeOfInsert(),
    },
    { tableName: 'blob' },
  )
}
