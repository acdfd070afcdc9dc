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

/** One start of a job, as far as its worker could tell of it. Times are ISO 8601. */
export interface DeadJobAttempt {
  worker: string
  startedAt: string
  /** Null when its worker went away over it. */
  endedAt: string | null
  error: string
}

/** A job that nobody will try again by itself; it outlives its media. */
export interface DeadJobModel extends Model<InferAttributes<DeadJobModel>, InferCreationAttributes<DeadJobModel>> {
  id: string
  mediaId: string | null
  versionId: string | null
  code: string
  reason: string
  routingKey: CreationOptional<'interactive' | 'bulk'>
  payload: unknown
  attempts: CreationOptional<DeadJobAttempt[]>
  failedAt: CreationOptional<Date>
}

/** The model of table `dead_job` on this connection. */
export function defineDeadJob(sequelize: Sequelize): ModelStatic<DeadJobModel> {
  return sequelize.define<DeadJobModel>(
    'DeadJob',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      mediaId: DataTypes.UUID,
      versionId: DataTypes.UUID,
      code: { type: DataTypes.TEXT, allowNull: false },
      reason: { type: DataTypes.TEXT, allowNull: false },
      routingKey: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'interactive' },
      payload: { type: DataTypes.JSONB, allowNull: false },
      attempts: { type: DataTypes.JSONB, allowNull: false, defaultValue: [] },
      failedAt: timeOfInsert(),
    },
    { tableName: 'dead_job' },
  )
}
