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

/** An attempt of a job, as its worker reported it. Times are ISO 8601. */
interface DeadJobAttempt {
  worker: string
  startedAt: string
  /** Null when the worker died during the attempt. */
  endedAt: string | null
  error: string
}

/** A job that is not retried automatically. It stays when its media is deleted. */
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
