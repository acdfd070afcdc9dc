import { createHash } from 'node:crypto'

import { keys, type FileStore } from '@likeness/media-files'
import { defaultPresets, type Publisher, type RenderJob, type RoutingKey } from '@likeness/media-jobs'
import type { BlobModel, MediaModel, Mediasdb, MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../src/context.ts'
import type { JobContext } from '../src/job/job-context.ts'

/** A media with one version, as medias-service creates it for the worker. */
export interface QueuedVersion {
  media: Attributes<MediaModel>
  version: Attributes<MediaVersionModel>
  blob: Attributes<BlobModel>
  job: RenderJob
}

/** Stores bytes and inserts the rows of a media with one version. It publishes no job. */
export async function addVersion(
  { mediasdb, store }: { mediasdb: Mediasdb; store: FileStore },
  bytes: Buffer,
  options: { focalX?: number; focalY?: number; media?: Attributes<MediaModel>; number?: number } = {},
): Promise<QueuedVersion> {
  const { focalX = null, focalY = null, number = 1 } = options
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const id = uuidv7()
  const storeKey = keys.originalKey(id)
  const live = await mediasdb.Blob.findOne({ where: { sha256, state: 'live' } })
  if (!live) await store.put(storeKey, bytes)
  const blob = live ?? (await mediasdb.Blob.create({ id, sha256, bytes: bytes.length, storeKey }))
  const ownerId = uuidv7()
  const about = { ownerId, filename: 'picture', mimeType: 'image/jpeg', kind: 'image' as const, focalX, focalY }
  const media = options.media ?? (await mediasdb.Media.create({ id: uuidv7(), ...about }))
  const version = await mediasdb.MediaVersion.create({
    id: uuidv7(),
    mediaId: media.id,
    number,
    blobId: blob.id,
    createdBy: ownerId,
  })
  if (!options.media) await mediasdb.Media.update({ currentVersionId: version.id }, { where: { id: media.id } })
  return { media, version, blob, job: { contract: 1, kind: 'render', mediaId: media.id, versionId: version.id } }
}

/**
 * Reads a row again.
 *
 * @throws when the row is deleted
 */
export async function reload<Row extends { id: string }>(
  model: { findByPk(id: string): Promise<Row | undefined> },
  { id }: Row,
): Promise<Row> {
  const row = await model.findByPk(id)
  if (!row) throw new Error(`The row ${id} is deleted`)
  return row
}

/** Publishes the job of a version. */
export async function enqueue(
  publisher: Publisher,
  { job }: QueuedVersion,
  routingKey: RoutingKey = 'interactive',
): Promise<void> {
  await publisher.publish(routingKey, job, { messageId: uuidv7() })
}

/** The context of a job, without measurements and without slots. */
export function jobContextOf(context: Context): JobContext {
  const timed: JobContext['workerMetrics']['timed'] = (_stage, work) => work
  return {
    ...context,
    presets: defaultPresets,
    pool: context.pools.interactive,
    workerMetrics: { ...context.workerMetrics, timed },
    onRendered: () => undefined,
  }
}
