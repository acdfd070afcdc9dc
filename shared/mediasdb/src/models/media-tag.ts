import {
  DataTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
} from 'sequelize'
import type { ModelStatic, Sequelize } from 'sequelize'

export interface MediaTagModel extends Model<InferAttributes<MediaTagModel>, InferCreationAttributes<MediaTagModel>> {
  id: string
  slug: string
  name: string
  createdBy: CreationOptional<string | null>
  createdAt: CreationOptional<Date>
  updatedAt: CreationOptional<Date>
}

/** That a media carries a tag. */
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
    'mediaTag',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      slug: { type: DataTypes.TEXT, allowNull: false },
      name: { type: DataTypes.TEXT, allowNull: false },
      createdBy: DataTypes.UUID,
      createdAt: DataTypes.DATE(3),
      updatedAt: DataTypes.DATE(3),
    },
    { tableName: 'media_tag' },
  )
}

/** The model of table `media_tags_media` on this connection. */
export function defineMediaTagsMedia(sequelize: Sequelize): ModelStatic<MediaTagsMediaModel> {
  return sequelize.define<MediaTagsMediaModel>(
    'mediaTagsMedia',
    { mediaId: { type: DataTypes.UUID, primaryKey: true }, tagId: { type: DataTypes.UUID, primaryKey: true } },
    { tableName: 'media_tags_media', timestamps: false },
  )
}
