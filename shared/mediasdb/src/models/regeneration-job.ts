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

/** A version that a regeneration waits for, or that failed in the regeneration. A finished version has no row. */
export interface RegenerationJobModel extends Model<
  InferAttributes<RegenerationJobModel>,
  InferCreationAttributes<RegenerationJobModel>
> {
  regenerationId: string
  versionId: string
  mediaId: string
  status: CreationOptional<'queued' | 'failed'>
  /** Stable error code in kebab-case; null unless the version failed. */
  code: CreationOptional<string | null>
  reason: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
}

/** The model of table `regeneration_job` on this connection. */
export function defineRegenerationJob(sequelize: Sequelize): ModelStatic<RegenerationJobModel> {
  return sequelize.define<RegenerationJobModel>(
    'RegenerationJob',
    {
      regenerationId: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      versionId: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      mediaId: { type: DataTypes.UUID, allowNull: false },
      status: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'queued' },
      code: DataTypes.TEXT,
      reason: DataTypes.TEXT,
      createdAt: timeOfInsert(),
    },
    { tableName: 'regeneration_job' },
  )
}
