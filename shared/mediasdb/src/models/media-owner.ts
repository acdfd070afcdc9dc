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

export type OwnerState = 'active' | 'deleted' | 'erased'

/** The state of an owner as main-service reported it. An owner without a row is active. */
export interface MediaOwnerModel extends Model<
  InferAttributes<MediaOwnerModel>,
  InferCreationAttributes<MediaOwnerModel>
> {
  ownerId: string
  state: OwnerState
  /** main-service's revision of the user's state. A lower revision never replaces a higher one. */
  revision: number
  updatedAt: CreationOptional<Date>
}

/** The model of table `media_owner` on this connection. */
export function defineMediaOwner(sequelize: Sequelize): ModelStatic<MediaOwnerModel> {
  return sequelize.define<MediaOwnerModel>(
    'MediaOwner',
    {
      ownerId: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      state: { type: DataTypes.TEXT, allowNull: false },
      revision: { type: DataTypes.BIGINT, allowNull: false },
      updatedAt: timeOfInsert(),
    },
    { tableName: 'media_owner' },
  )
}
