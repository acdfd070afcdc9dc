import pg from 'pg'
import { Sequelize, type ModelStatic } from 'sequelize'

import { failAfterTimeout } from './fail-after-timeout.ts'
import { defineBlob, type BlobModel } from './models/blob.ts'
import { defineCondemnedRendition, type CondemnedRenditionModel } from './models/condemned-rendition.ts'
import { defineDeadJob, type DeadJobModel } from './models/dead-job.ts'
import { defineEvent, type EventModel } from './models/event.ts'
import { defineIdempotencyKey, type IdempotencyKeyModel } from './models/idempotency-key.ts'
import { defineMediaOwner, type MediaOwnerModel } from './models/media-owner.ts'
import { defineMediaSize, type MediaSizeModel } from './models/media-size.ts'
import {
  defineMediaTag,
  defineMediaTagsMedia,
  type MediaTagModel,
  type MediaTagsMediaModel,
} from './models/media-tag.ts'
import { defineMediaVersion, type MediaVersionModel } from './models/media-version.ts'
import { defineMedia, type MediaModel } from './models/media.ts'
import { defineOutbox, type OutboxModel } from './models/outbox.ts'
import { defineRegenerationJob, type RegenerationJobModel } from './models/regeneration-job.ts'
import { defineRegeneration, type RegenerationModel } from './models/regeneration.ts'

const BIGINT_OID = 20

/** A pool above every limit that PostgreSQL may keep us waiting for: acquire 4 s, connect 3 s, query 4.5 s. */
const ACQUIRE_MS = 4_000
const CONNECT_MS = 3_000
const QUERY_MS = 4_500

export interface MediasdbOptions {
  /** Shown by pg_stat_activity. */
  applicationName: string
  /** Most connections at once. */
  poolSize: number
  /** Limit of one statement in milliseconds, told to PostgreSQL and kept here as well (4500). */
  queryTimeoutMs?: number
}

export interface Mediasdb {
  sequelize: Sequelize
  Blob: ModelStatic<BlobModel>
  Media: ModelStatic<MediaModel>
  MediaVersion: ModelStatic<MediaVersionModel>
  MediaSize: ModelStatic<MediaSizeModel>
  MediaTag: ModelStatic<MediaTagModel>
  MediaTagsMedia: ModelStatic<MediaTagsMediaModel>
  MediaOwner: ModelStatic<MediaOwnerModel>
  Outbox: ModelStatic<OutboxModel>
  Event: ModelStatic<EventModel>
  DeadJob: ModelStatic<DeadJobModel>
  IdempotencyKey: ModelStatic<IdempotencyKeyModel>
  Regeneration: ModelStatic<RegenerationModel>
  RegenerationJob: ModelStatic<RegenerationJobModel>
  CondemnedRendition: ModelStatic<CondemnedRenditionModel>
  /** Ends every connection; waits for those in use. */
  close(): Promise<void>
}

/**
 * Opens mediasdb: the pool and the models on it. Nothing connects before the first query, and a database that is away
 * makes that query fail within 5 s, never this function.
 *
 * bigint comes as a number (counts of bytes and our ids stay below 2^53), xid8 as a string, in raw queries too.
 *
 * @param url a `postgres://` URL
 */
export function openMediasdb(url: string, options: MediasdbOptions): Mediasdb {
  const queryMs = options.queryTimeoutMs ?? QUERY_MS
  const sequelize = new Sequelize(url, {
    dialect: 'postgres',
    dialectModule: pgForUs(),
    logging: false,
    define: { underscored: true, freezeTableName: true },
    pool: { max: options.poolSize, min: 0, acquire: ACQUIRE_MS, idle: 10_000 },
    dialectOptions: {
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: queryMs,
      statement_timeout: queryMs,
      // A transaction that nobody goes on with (its process hangs) must not hold its locks for ever.
      idle_in_transaction_session_timeout: 30_000,
      keepAlive: true,
    },
  })
  failAfterTimeout(sequelize)
  const models = {
    Blob: defineBlob(sequelize),
    Media: defineMedia(sequelize),
    MediaVersion: defineMediaVersion(sequelize),
    MediaSize: defineMediaSize(sequelize),
    MediaTag: defineMediaTag(sequelize),
    MediaTagsMedia: defineMediaTagsMedia(sequelize),
    MediaOwner: defineMediaOwner(sequelize),
    Outbox: defineOutbox(sequelize),
    Event: defineEvent(sequelize),
    DeadJob: defineDeadJob(sequelize),
    IdempotencyKey: defineIdempotencyKey(sequelize),
    Regeneration: defineRegeneration(sequelize),
    RegenerationJob: defineRegenerationJob(sequelize),
    CondemnedRendition: defineCondemnedRendition(sequelize),
  }
  associate(models)
  return { sequelize, ...models, close: () => sequelize.close() }
}

/**
 * A client that is told of its server's end while sequelize does not listen (before it is connected, or once it is given
 * up) must not take the process with it.
 */
class ListeningClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => undefined)
  }
}

/** pg as it is, but for bigint; pg's own setTypeParser would change it for everybody else in the process. */
function pgForUs(): typeof pg {
  const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT_OID && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format)
  return { ...pg, Client: ListeningClient, types: { ...pg.types, getTypeParser } }
}

function associate(models: Omit<Mediasdb, 'sequelize' | 'close'>): void {
  const { Blob, Media, MediaVersion, MediaSize, MediaTag, MediaTagsMedia } = models
  Media.hasMany(MediaVersion, { as: 'versions', foreignKey: 'mediaId' })
  Media.belongsTo(MediaVersion, { as: 'currentVersion', foreignKey: 'currentVersionId', constraints: false })
  MediaVersion.belongsTo(Media, { as: 'media', foreignKey: 'mediaId' })
  MediaVersion.belongsTo(Blob, { as: 'blob', foreignKey: 'blobId' })
  MediaVersion.hasMany(MediaSize, { as: 'sizes', foreignKey: 'versionId' })
  Media.belongsToMany(MediaTag, { as: 'tags', through: MediaTagsMedia, foreignKey: 'mediaId', otherKey: 'tagId' })
  MediaTag.belongsToMany(Media, { as: 'media', through: MediaTagsMedia, foreignKey: 'tagId', otherKey: 'mediaId' })
}
