import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type NonAttribute,
  type Sequelize,
} from 'sequelize'

import type { MediaTagModel } from './media-tag.ts'
import type { MediaVersionModel } from './media-version.ts'
import { timeOfInsert } from './time-of-insert.ts'

export type MediaKind = 'image' | 'file'
type MediaVisibility = 'private' | 'public'
type MediaStatus = 'processing' | 'ready' | 'failed'

export interface MediaModel extends Model<InferAttributes<MediaModel>, InferCreationAttributes<MediaModel>> {
  id: string
  ownerId: string
  title: CreationOptional<string>
  alt: CreationOptional<string>
  filename: string
  mimeType: string
  kind: MediaKind
  visibility: CreationOptional<MediaVisibility>
  status: CreationOptional<MediaStatus>
  /** 0 is the left edge, 1 the right one; null when no focal point is set. */
  focalX: CreationOptional<number | null>
  /** 0 is the top edge, 1 the bottom one; null when no focal point is set. */
  focalY: CreationOptional<number | null>
  currentVersionId: CreationOptional<string | null>
  trashedAt: CreationOptional<Date | null>
  /** Whether the media was trashed because its owner was deleted. Then it is restored together with the owner. */
  trashedWithOwner: CreationOptional<boolean>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
  versions?: NonAttribute<MediaVersionModel[]>
  currentVersion?: NonAttribute<MediaVersionModel | null>
  tags?: NonAttribute<MediaTagModel[]>
}

/** The model of table `media` on this connection. */
export function defineMedia(sequelize: Sequelize): ModelStatic<MediaModel> {
  return sequelize.define<MediaModel>(
    'Media',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      ownerId: { type: DataTypes.UUID, allowNull: false },
      title: { type: DataTypes.TEXT, allowNull: false, defaultValue: '' },
      alt: { type: DataTypes.TEXT, allowNull: false, defaultValue: '' },
      filename: { type: DataTypes.TEXT, allowNull: false },
      mimeType: { type: DataTypes.TEXT, allowNull: false },
      kind: { type: DataTypes.TEXT, allowNull: false },
      visibility: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'private' },
      status: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'processing' },
      focalX: DataTypes.DOUBLE,
      focalY: DataTypes.DOUBLE,
      currentVersionId: DataTypes.UUID,
      trashedAt: DataTypes.DATE(3),
      trashedWithOwner: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
      createdAt: timeOfInsert(),
      updatedAt: timeOfInsert(),
    },
    { tableName: 'media' },
  )
}
