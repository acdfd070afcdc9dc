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
  /** Whether the message is a job, of this build or of another. */
  isJob: CreationOptional<boolean>
  /** The job; for a message that is not a job, the beginning of its text, its size and its hash. */
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
      isJob: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      payload: { type: DataTypes.JSONB, allowNull: false },
      attempts: { type: DataTypes.JSONB, allowNull: false, defaultValue: [] },
      failedAt: timeOfInsert(),
    },
    { tableName: 'dead_job' },
  )
}
