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

/** An invitation by mail. An `invited` user has exactly one. */
export interface InvitationModel extends Model<
  InferAttributes<InvitationModel>,
  InferCreationAttributes<InvitationModel>
> {
  id: string
  userId: string
  /** null if the inviter was erased. */
  invitedBy: CreationOptional<string | null>
  /** SHA-256 of the token in the mail, hexadecimal; null until the mail is sent, like `expiresAt`. */
  tokenHash: CreationOptional<string | null>
  expiresAt: CreationOptional<Date | null>
  sentAt: CreationOptional<Date | null>
  /** The reason for which the mail server rejected the mail permanently. */
  failedReason: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
}

export type InvitationAttributes = Attributes<InvitationModel>

/** The model of the table `invitation`. */
export function defineInvitation(sequelize: Sequelize): ModelStatic<InvitationModel> {
  return sequelize.define<InvitationModel>(
    'Invitation',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      userId: { type: DataTypes.UUID, allowNull: false },
      invitedBy: DataTypes.UUID,
      tokenHash: DataTypes.CHAR(64),
      expiresAt: DataTypes.DATE(3),
      sentAt: DataTypes.DATE(3),
      failedReason: DataTypes.TEXT,
      createdAt: timeOfRow(),
    },
    { tableName: 'invitation' },
  )
}
