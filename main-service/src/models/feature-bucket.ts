import {
  DataTypes,
  type Attributes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfRow } from './columns.ts'

/** The variation of an experiment that a user keeps. */
export interface FeatureBucketModel extends Model<
  InferAttributes<FeatureBucketModel>,
  InferCreationAttributes<FeatureBucketModel>
> {
  userId: string
  /** The key of the experiment and the version of its buckets, in the format of GrowthBook's SDK. */
  experiment: string
  variation: string
  createdAt: CreationOptional<Date>
}

export type FeatureBucketAttributes = Attributes<FeatureBucketModel>

/** The model of the table `feature_bucket`. */
export function defineFeatureBucket(sequelize: Sequelize): ModelStatic<FeatureBucketModel> {
  return sequelize.define<FeatureBucketModel>(
    'FeatureBucket',
    {
      userId: { type: DataTypes.UUID, primaryKey: true },
      experiment: { type: DataTypes.TEXT, primaryKey: true },
      variation: { type: DataTypes.TEXT, allowNull: false },
      createdAt: timeOfRow(),
    },
    { tableName: 'feature_bucket' },
  )
}
