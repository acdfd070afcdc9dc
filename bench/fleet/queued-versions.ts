import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { keys } from '@likeness/media-files'
import type { Priority } from '@likeness/media-jobs'
import type pg from 'pg'

import type { PrivateFleet } from './private-fleet.ts'

/** A picture in the file store, with its rows. */
export interface QueuedVersion {
  mediaId: string
  versionId: string
}

/**
 * Stores pictures as medias-service stores an upload: the original in the file store, then blob, media, version
 * (`queued`), event and outbox row in one transaction. Each picture has a different source (one file under many keys), so
 * that no rendition is reused. All pictures of a call belong to the same owner.
 *
 * @returns the versions in the order of the pictures, after the commit
 */
export async function queueVersions(
  { client, system }: PrivateFleet,
  pictures: string[],
  { routingKey = 'interactive' as Priority, sources = pictures.length, format = 'jpeg' } = {},
): Promise<QueuedVersion[]> {
  const blobs = await Promise.all(pictures.slice(0, sources).map((path) => storeOriginal(system.storeFolder, path)))
  const rows = pictures.map((_, index) => ({
    mediaId: randomUUID(),
    versionId: randomUUID(),
    blobId: blobs[index % blobs.length]?.id,
  }))
  await inTransaction(client, async () => {
    await client.query(
      `INSERT INTO blob (id, sha256, bytes, store_key)
       SELECT id, sha256, bytes, "storeKey"
       FROM jsonb_to_recordset($1) AS new(id uuid, sha256 text, bytes bigint, "storeKey" text)`,
      [JSON.stringify(blobs)],
    )
    await client.query(
      `WITH new AS (
         SELECT * FROM jsonb_to_recordset($1) AS new("mediaId" uuid, "versionId" uuid, "blobId" uuid)
       ), media AS (
         INSERT INTO media (id, owner_id, filename, mime_type, kind, current_version_id)
         SELECT "mediaId", $2, 'camera.jpg', 'image/jpeg', 'image', "versionId" FROM new
       ), version AS (
         INSERT INTO media_version (id, media_id, number, blob_id, format, created_by)
         SELECT "versionId", "mediaId", 1, "blobId", $4, $2 FROM new
       ), event AS (
         INSERT INTO event (media_id, version_id, type) SELECT "mediaId", "versionId", 'queued' FROM new
       )
       INSERT INTO outbox (routing_key, owner_id, payload)
       SELECT $3, $2, jsonb_build_object('contract', 1, 'kind', 'render', 'mediaId', "mediaId", 'versionId', "versionId")
       FROM new`,
      [JSON.stringify(rows), randomUUID(), routingKey, format],
    )
  })
  return rows
}

/** Waits until these versions are ready. @throws if one has failed */
export async function waitUntilReady(
  { client }: PrivateFleet,
  versions: QueuedVersion[],
  { limitMs = 120_000, everyMs = 250, onPoll = (_left: number): void => undefined } = {},
): Promise<void> {
  const ids = new Set(versions.map(({ versionId }) => versionId))
  const start = performance.now()
  for (;;) {
    const { rows } = await client.query<{ id: string; status: string }>(
      `SELECT id, status FROM media_version WHERE status IN ('queued', 'processing', 'failed')`,
    )
    const failed = rows.find(({ id, status }) => status === 'failed' && ids.has(id))
    if (failed) throw new Error(`The version ${failed.id} has failed`)
    const left = rows.filter(({ id }) => ids.has(id)).length
    onPoll(left)
    if (left === 0) return
    if (performance.now() - start > limitMs) throw new Error(`${left} versions are not ready after ${limitMs} ms`)
    await pause(everyMs)
  }
}

/** Waits until the workers are rendering. */
export async function waitForStarts({ client }: PrivateFleet): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(`SELECT FROM media_version WHERE status = 'processing'`)
    if (rowCount && rowCount > 1) return
    await pause(100)
  }
}

/** The times at which the versions were completed, in milliseconds, in order. */
export async function readCompletions({ client }: PrivateFleet, versions: QueuedVersion[]): Promise<number[]> {
  const { rows } = await client.query<{ completed: Date }>(
    'SELECT completed_at AS completed FROM media_version WHERE id = ANY($1::uuid[]) ORDER BY 1',
    [versions.map(({ versionId }) => versionId)],
  )
  return rows.map(({ completed }) => completed.getTime())
}

/** Deletes all media, so that workers discard the jobs that are still queued. */
export async function forgetMedia({ client }: PrivateFleet): Promise<void> {
  await client.query('DELETE FROM media')
}

/** The requested number of pictures, each repeated as often as necessary. */
export function repeated(pictures: string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => pictures[index % pictures.length] ?? '')
}

async function storeOriginal(storeFolder: string, picture: string) {
  const id = randomUUID()
  const storeKey = keys.originalKey(id)
  const path = join(storeFolder, storeKey)
  await mkdir(dirname(path), { recursive: true })
  await link(picture, path)
  return { id, sha256: randomBytes(32).toString('hex'), bytes: (await stat(path)).size, storeKey }
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
