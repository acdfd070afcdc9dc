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

type RegenerationStatus = 'running' | 'done' | 'cancelled'

/** Selects the versions of a regeneration: the versions of the media that match all conditions. */
export interface RegenerationFilter {
  /** A slug. */
  tag?: string | undefined
  owner?: string | undefined
  /** Only sizes of these presets. */
  presets?: string[] | undefined
  /** Only media uploaded before this time (ISO 8601). */
  createdBefore?: string | undefined
}

/** A request to render versions again. */
export interface RegenerationModel extends Model<
  InferAttributes<RegenerationModel>,
  InferCreationAttributes<RegenerationModel>
> {
  id: string
  /** Whether to render only stale sizes, or all sizes. */
  what: 'stale' | 'all'
  filter: CreationOptional<RegenerationFilter>
  status: CreationOptional<RegenerationStatus>
  /** Number of versions counted so far; after all jobs are enqueued, the number of enqueued versions. */
  total: CreationOptional<number>
  /** Number of versions whose jobs were enqueued. */
  fed: CreationOptional<number>
  /** The last version that was counted, in the order of ids. */
  countedTo: CreationOptional<string>
  /** The last version that was considered for enqueueing, in the order of ids. */
  fedTo: CreationOptional<string>
  isCounted: CreationOptional<boolean>
  isFed: CreationOptional<boolean>
  /** Number of enqueued versions that had ended at the last step. */
  ended: CreationOptional<number>
  /** Versions per second over the last minute; null while unknown. */
  rate: CreationOptional<number | null>
  ratedFrom: CreationOptional<Date | null>
  ratedAt: CreationOptional<Date | null>
  /** When a version last ended. */
  movedAt: CreationOptional<Date>
  /** How often the jobs were enqueued again since `movedAt`. */
  askedAgain: CreationOptional<number>
  /** Null when the regeneration was created at the command line. */
  createdBy: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
  finishedAt: CreationOptional<Date | null>
}

/** The model of table `regeneration` on this connection. */
export function defineRegeneration(sequelize: Sequelize): ModelStatic<RegenerationModel> {
  const count = { type: DataTypes.BIGINT, allowNull: false, defaultValue: 0 }
  const cursor = { type: DataTypes.UUID, allowNull: false, defaultValue: '00000000-0000-0000-0000-000000000000' }
  const flag = { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false }
  return sequelize.define<RegenerationModel>(
    'Regeneration',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      what: { type: DataTypes.TEXT, allowNull: false },
      filter: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      status: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'running' },
      total: { ...count },
      fed: { ...count },
      countedTo: { ...cursor },
      fedTo: { ...cursor },
      isCounted: { ...flag },
      isFed: { ...flag },
      ended: { ...count },
      rate: DataTypes.DOUBLE,
      ratedFrom: DataTypes.DATE(3),
      ratedAt: DataTypes.DATE(3),
      movedAt: timeOfInsert(),
      askedAgain: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      createdBy: DataTypes.UUID,
      createdAt: timeOfInsert(),
      finishedAt: DataTypes.DATE(3),
    },
    { tableName: 'regeneration' },
  )
}
