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

import type { BlobModel } from './blob.ts'
import type { MediaSizeModel } from './media-size.ts'
import { timeOfInsert } from './time-of-insert.ts'

export type VersionStatus = 'queued' | 'processing' | 'ready' | 'failed'
export type SourceFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'heic' | 'svg'

/** A start of a job: the worker and the time (ISO 8601). */
export interface JobStart {
  worker: string
  startedAt: string
  /** Set when the render process crashed. If unset, the job is running or its worker died. */
  crashed?: true
}

/** An edit operation as in the REST API: `op` and the operation's own fields. */
type EditOperation = { op: string } & Record<string, unknown>

export interface MediaVersionModel extends Model<
  InferAttributes<MediaVersionModel>,
  InferCreationAttributes<MediaVersionModel>
> {
  id: string
  mediaId: string
  /** 1 for the first version of a media. The numbers have no gaps unless a version was deleted. */
  number: number
  blobId: string
  status: CreationOptional<VersionStatus>
  errorCode: CreationOptional<string | null>
  errorMessage: CreationOptional<string | null>
  /** Number of starts of the job without a controlled end. */
  attempts: CreationOptional<number>
  /** The starts of the job without a controlled end, the newest last. */
  starts: CreationOptional<JobStart[]>
  /** Upright, in pixels. */
  width: CreationOptional<number | null>
  /** Upright, in pixels. */
  height: CreationOptional<number | null>
  format: CreationOptional<SourceFormat | null>
  pages: CreationOptional<number | null>
  animated: CreationOptional<boolean | null>
  hasAlpha: CreationOptional<boolean | null>
  /** Base64. */
  thumbhash: CreationOptional<string | null>
  /** `#rrggbb`. */
  dominantColor: CreationOptional<string | null>
  cameraMake: CreationOptional<string | null>
  cameraModel: CreationOptional<string | null>
  /** ISO 8601: in UTC with a `Z` if the file contains the offset of the camera's clock, otherwise in local time. */
  takenAt: CreationOptional<string | null>
  /** The number of the version that this version was made from. */
  derivedFrom: CreationOptional<number | null>
  operations: CreationOptional<EditOperation[]>
  createdBy: string
  createdAt: CreationOptional<Date>
  startedAt: CreationOptional<Date | null>
  completedAt: CreationOptional<Date | null>
  /** When the version was last queued. */
  queuedAt: CreationOptional<Date>
  /** The queue of the version's last job. */
  routingKey: CreationOptional<'interactive' | 'bulk'>
  /** How often the owner has reprocessed the version since `ownerReprocessesSince`. */
  ownerReprocesses: CreationOptional<number>
  ownerReprocessesSince: CreationOptional<Date | null>
  blob?: NonAttribute<BlobModel>
  sizes?: NonAttribute<MediaSizeModel[]>
}

/** The model of table `media_version` on this connection. */
export function defineMediaVersion(sequelize: Sequelize): ModelStatic<MediaVersionModel> {
  return sequelize.define<MediaVersionModel>(
    'MediaVersion',
    {
      id: { type: DataTypes.UUID, allowNull: false, primaryKey: true },
      mediaId: { type: DataTypes.UUID, allowNull: false },
      number: { type: DataTypes.INTEGER, allowNull: false },
      blobId: { type: DataTypes.UUID, allowNull: false },
      status: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'queued' },
      errorCode: DataTypes.TEXT,
      errorMessage: DataTypes.TEXT,
      attempts: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      starts: { type: DataTypes.JSONB, allowNull: false, defaultValue: [] },
      width: DataTypes.INTEGER,
      height: DataTypes.INTEGER,
      format: DataTypes.TEXT,
      pages: DataTypes.INTEGER,
      animated: DataTypes.BOOLEAN,
      hasAlpha: DataTypes.BOOLEAN,
      thumbhash: DataTypes.TEXT,
      dominantColor: DataTypes.TEXT,
      cameraMake: DataTypes.TEXT,
      cameraModel: DataTypes.TEXT,
      takenAt: DataTypes.TEXT,
      derivedFrom: DataTypes.INTEGER,
      operations: { type: DataTypes.JSONB, allowNull: false, defaultValue: [] },
      createdBy: { type: DataTypes.UUID, allowNull: false },
      createdAt: timeOfInsert(),
      startedAt: DataTypes.DATE(3),
      completedAt: DataTypes.DATE(3),
      queuedAt: timeOfInsert(),
      routingKey: { type: DataTypes.TEXT, allowNull: false, defaultValue: 'interactive' },
      ownerReprocesses: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
      ownerReprocessesSince: DataTypes.DATE(3),
    },
    { tableName: 'media_version' },
  )
}
