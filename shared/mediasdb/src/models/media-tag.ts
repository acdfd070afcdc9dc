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

export interface MediaTagModel extends Model<InferAttributes<MediaTagModel>, InferCreationAttributes<MediaTagModel>> {
  id: string
  slug: string
  name: string
  createdBy: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
}

/** Assigns a tag to a media. */
export interface MediaTagsMediaModel extends Model<
  InferAttributes<MediaTagsMediaModel>,
  InferCreationAttributes<MediaTagsMediaModel>
> {
  mediaId: string
  tagId: string
}

/** The model of table `media_tag` on this connection. */
export function defineMediaTag(sequelize: Sequelize): ModelStatic<MediaTagModel> {
  return sequelize.define<MediaTagModel>(
    'MediaTag',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      slug: { type: DataTypes.TEXT, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      createdBy: DataTypes.UUID,
      createdAt: timeOfInsert(),
      updatedAt: timeOfInsert(),
    },
    { tableName: 'media_tag' },
  )
}

/** The model of table `media_tags_media` on this connection. */
export function defineMediaTagsMedia(sequelize: Sequelize): ModelStatic<MediaTagsMediaModel> {
  const key = { type: DataTypes.UUID, allowNull: false, primaryKey: true }
  return sequelize.define<MediaTagsMediaModel>(
    'MediaTagsMedia',
    {
      mediaId: { ...key },
      tagId: { ...key },
    },
    { tableName: 'media_tags_media' },
  )
}
