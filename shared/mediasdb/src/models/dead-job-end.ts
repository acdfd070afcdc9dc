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

/**
 * A dead job that was requeued or discarded. If the broker delivers its message again, this row prevents a second entry.
 */
export interface DeadJobEndModel extends Model<
  InferAttributes<DeadJobEndModel>,
  InferCreationAttributes<DeadJobEndModel>
> {
  id: string
  endedAt: CreationOptional<Date>
}

/** The model of table `dead_job_end` on this connection. */
export function defineDeadJobEnd(sequelize: Sequelize): ModelStatic<DeadJobEndModel> {
  return sequelize.define<DeadJobEndModel>(
    'DeadJobEnd',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      endedAt: timeOfInsert(),
    },
    { tableName: 'dead_job_end' },
  )
}
