import {
  DataTypes,
  literal,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize'

import { timeOfInsert } from './time-of-insert.ts'

type EventType = 'queued' | 'processing' | 'size-ready' | 'ready' | 'failed'

/** An event of a media, which its event streams send to clients. */
export interface EventModel extends Model<InferAttributes<EventModel>, InferCreationAttributes<EventModel>> {
  id: CreationOptional<number>
  /** The transaction that wrote the row, an xid8 in decimal; never written by the application. */
  xid: CreationOptional<string>
  mediaId: string
  versionId: CreationOptional<string | null>
  type: EventType
  data: CreationOptional<Record<string, unknown>>
  createdAt: CreationOptional<Date>
}

/** The model of table `event` on this connection. */
export function defineEvent(sequelize: Sequelize): ModelStatic<EventModel> {
  return sequelize.define<EventModel>(
    'Event',
    {
      id: {
        type: DataTypes.BIGINT,
        allowNull: false,
        primaryKey: true,
        autoIncrement: true,
        autoIncrementIdentity: true,
      },
      xid: { type: 'XID8', allowNull: false, defaultValue: literal('pg_current_xact_id()') },
      mediaId: { type: DataTypes.UUID, allowNull: false },
      versionId: DataTypes.UUID,
      type: { type: DataTypes.TEXT, allowNull: false },
      data: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      createdAt: timeOfInsert(),
    },
    { tableName: 'event' },
  )
}
