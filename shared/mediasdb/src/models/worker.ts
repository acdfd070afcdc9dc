import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** The last report of a worker. */
export interface WorkerModel extends Model<InferAttributes<WorkerModel>, InferCreationAttributes<WorkerModel>> {
  name: string
  slots: number
  /** Slots that are rendering. */
  busy: number
  paused: boolean
  /** Resident memory of the worker and its render processes together. */
  memoryBytes: number
  /** Jobs that succeeded since the worker started. */
  done: number
  /** Jobs that failed since the worker started. */
  failed: number
  startedAt: Date
  /** When the worker last wrote this row. */
  seenAt: Date
}

/** The model of table `worker` on this connection. */
export function defineWorker(sequelize: Sequelize): ModelStatic<WorkerModel> {
  return sequelize.define<WorkerModel>(
    'Worker',
    {
      name: { type: DataTypes.TEXT, allowNull: false, primaryKey: true },
      slots: { type: DataTypes.INTEGER, allowNull: false },
      busy: { type: DataTypes.INTEGER, allowNull: false },
      paused: { type: DataTypes.BOOLEAN, allowNull: false },
      memoryBytes: { type: DataTypes.BIGINT, allowNull: false },
      done: { type: DataTypes.BIGINT, allowNull: false },
      failed: { type: DataTypes.BIGINT, allowNull: false },
      startedAt: { type: DataTypes.DATE(3), allowNull: false },
      seenAt: { type: DataTypes.DATE(3), allowNull: false },
    },
    { tableName: 'worker' },
  )
}
