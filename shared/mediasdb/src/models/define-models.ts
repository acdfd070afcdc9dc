import { defineIdempotencyKey } from '@likeness/postgres'
import type { Sequelize } from 'sequelize'

import { defineBlob } from './blob.ts'
import { defineCondemnedRendition } from './condemned-rendition.ts'
import { defineDeadJobEnd } from './dead-job-end.ts'
import { defineDeadJob } from './dead-job.ts'
import { defineEvent } from './event.ts'
import { defineFleet } from './fleet.ts'
import { defineMediaOwner } from './media-owner.ts'
import { defineMediaSize } from './media-size.ts'
import { defineMediaTag, defineMediaTagsMedia } from './media-tag.ts'
import { defineMediaVersion } from './media-version.ts'
import { defineMedia } from './media.ts'
import { defineOutbox } from './outbox.ts'
import { defineRegenerationJob } from './regeneration-job.ts'
import { defineRegeneration } from './regeneration.ts'
import { defineWorker } from './worker.ts'

/** Defines the model of every table of mediasdb on this connection, and their associations. */
export function defineModels(sequelize: Sequelize) {
  const models = {
    Blob: defineBlob(sequelize),
    CondemnedRendition: defineCondemnedRendition(sequelize),
    DeadJob: defineDeadJob(sequelize),
    DeadJobEnd: defineDeadJobEnd(sequelize),
    Event: defineEvent(sequelize),
    Fleet: defineFleet(sequelize),
    IdempotencyKey: defineIdempotencyKey(sequelize),
    Media: defineMedia(sequelize),
    MediaOwner: defineMediaOwner(sequelize),
    MediaSize: defineMediaSize(sequelize),
    MediaTag: defineMediaTag(sequelize),
    MediaTagsMedia: defineMediaTagsMedia(sequelize),
    MediaVersion: defineMediaVersion(sequelize),
    Outbox: defineOutbox(sequelize),
    Regeneration: defineRegeneration(sequelize),
    RegenerationJob: defineRegenerationJob(sequelize),
    Worker: defineWorker(sequelize),
  }
  associate(models)
  return models
}

/** The models of mediasdb by their names. */
export type MediasdbModels = ReturnType<typeof defineModels>

function associate(models: MediasdbModels): void {
  const { Blob, Media, MediaSize, MediaTag, MediaTagsMedia, MediaVersion, Regeneration, RegenerationJob } = models
  const mediaId = { foreignKey: 'mediaId', onDelete: 'CASCADE' } as const
  const tagId = { foreignKey: 'tagId', onDelete: 'CASCADE' } as const

  Media.hasMany(MediaVersion, { as: 'versions', ...mediaId })
  MediaVersion.belongsTo(Media, { as: 'media', ...mediaId })
  // PostgreSQL checks this reference at the commit, so that a media and its first version can reference each other.
  Media.belongsTo(MediaVersion, { as: 'currentVersion', foreignKey: 'currentVersionId', onDelete: 'SET NULL' })
  MediaVersion.belongsTo(Blob, { as: 'blob', foreignKey: 'blobId', onDelete: 'RESTRICT' })
  MediaVersion.hasMany(MediaSize, { as: 'sizes', foreignKey: 'versionId', onDelete: 'CASCADE' })

  Media.belongsToMany(MediaTag, { as: 'tags', through: MediaTagsMedia, ...mediaId, otherKey: 'tagId' })
  MediaTag.belongsToMany(Media, { as: 'media', through: MediaTagsMedia, ...tagId, otherKey: 'mediaId' })

  Regeneration.hasMany(RegenerationJob, { as: 'jobs', foreignKey: 'regenerationId', onDelete: 'CASCADE' })
}
