import type { BlobModel, Mediasdb, MediasdbUnit, MediaSizeModel, MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** A version with its blob and its sizes, as JSON from PostgreSQL; the creation time is text. */
export interface VersionJson
  extends
    Pick<
      Attributes<MediaVersionModel>,
      | 'id'
      | 'number'
      | 'width'
      | 'height'
      | 'format'
      | 'animated'
      | 'hasAlpha'
      | 'thumbhash'
      | 'dominantColor'
      | 'cameraMake'
      | 'cameraModel'
      | 'takenAt'
      | 'status'
      | 'errorCode'
      | 'errorMessage'
      | 'derivedFrom'
      | 'operations'
    >,
    Pick<Attributes<BlobModel>, 'sha256' | 'bytes' | 'storeKey'> {
  createdAt: string
  sizes: SizeJson[]
}

export type SizeJson = Omit<Attributes<MediaSizeModel>, 'id' | 'versionId' | 'createdAt'>

/** SQL for a version as a JSON object. @param v alias of `media_version`; the blob's alias must be `b` */
export const versionColumns = (v: string) => `jsonb_build_object(
    'id', ${v}.id, 'number', ${v}.number, 'sha256', b.sha256, 'bytes', b.bytes, 'storeKey', b.store_key,
    'width', ${v}.width, 'height', ${v}.height, 'format', ${v}.format, 'animated', ${v}.animated,
    'hasAlpha', ${v}.has_alpha, 'thumbhash', ${v}.thumbhash, 'dominantColor', ${v}.dominant_color,
    'cameraMake', ${v}.camera_make, 'cameraModel', ${v}.camera_model, 'takenAt', ${v}.taken_at,
    'status', ${v}.status, 'errorCode', ${v}.error_code, 'errorMessage', ${v}.error_message,
    'derivedFrom', ${v}.derived_from, 'operations', ${v}.operations, 'createdAt', ${v}.created_at,
    'sizes', COALESCE((SELECT jsonb_agg(jsonb_build_object(
        'preset', s.preset, 'format', s.format, 'width', s.width, 'height', s.height, 'bytes', s.bytes,
        'storeKey', s.store_key, 'fingerprint', s.fingerprint) ORDER BY s.width, s.preset, s.format)
      FROM media_size s WHERE s.version_id = ${v}.id), '[]'))`

interface VersionRow {
  version: VersionJson
}

/** The versions of a media, the newest first. */
export async function listVersions(mediasdb: Mediasdb, mediaId: string): Promise<VersionJson[]> {
  const rows = await mediasdb.rows<VersionRow>(
    `SELECT ${versionColumns('v')} AS version FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = :mediaId ORDER BY v.number DESC`,
    { mediaId },
  )
  return rows.map(({ version }) => version)
}

/** The versions of several media, by media id, the newest first. */
export async function listVersionsOf(mediasdb: Mediasdb, mediaIds: string[]): Promise<Map<string, VersionJson[]>> {
  if (mediaIds.length === 0) return new Map()
  const rows = await mediasdb.rows<Pick<Attributes<MediaVersionModel>, 'mediaId'> & { versions: VersionJson[] }>(
    `SELECT v.media_id AS "mediaId", jsonb_agg(${versionColumns('v')} ORDER BY v.number DESC) AS versions
     FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = ANY(:mediaIds::uuid[]) GROUP BY v.media_id`,
    { mediaIds },
  )
  return new Map(rows.map(({ mediaId, versions }) => [mediaId, versions]))
}

export async function findVersion(
  mediasdb: Mediasdb,
  mediaId: string,
  number: number,
): Promise<VersionJson | undefined> {
  const row = await mediasdb.row<VersionRow>(
    `SELECT ${versionColumns('v')} AS version FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = :mediaId AND v.number = :number`,
    { mediaId, number },
  )
  return row?.version
}

/** The number of the next version; the media's row must be locked. */
export async function nextVersionNumber(unit: MediasdbUnit, mediaId: string): Promise<number> {
  const row = await unit.row<{ next: number }>(
    'SELECT COALESCE(max(number), 0) + 1 AS next FROM media_version WHERE media_id = :mediaId',
    { mediaId },
  )
  return row?.next ?? 1
}
