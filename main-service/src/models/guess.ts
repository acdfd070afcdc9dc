import {
  DataTypes,
  type Attributes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

/** Attempts, counted per key (an email address, an account or a network address) in a window of 15 minutes. */
export interface GuessModel extends Model<InferAttributes<GuessModel>, InferCreationAttributes<GuessModel>> {
  key: string
  failures: number
  windowStartedAt: Date
}

export type GuessAttributes = Attributes<GuessModel>

/** The model of the table `guess`. */
export function defineGuess(sequelize: Sequelize): ModelStatic<GuessModel> {
  return sequelize.define<GuessModel>(
    'Guess',
    {
      key: { type: DataTypes.TEXT, primaryKey: true },
      failures: { type: DataTypes.INTEGER, allowNull: false },
      windowStartedAt: { type: DataTypes.DATE(3), allowNull: false },
    },
    { tableName: 'guess' },
  )
}
