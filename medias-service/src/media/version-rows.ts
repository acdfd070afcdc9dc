import type { EditOperation, Mediasdb, SourceFormat, VersionStatus } from '@likeness/mediasdb'
import { QueryTypes, type Transaction } from 'sequelize'

/** A version with its blob's facts and its sizes, as SQL hands it over: JSON, times as text. */
export interface VersionJson {
  id: string
  number: number
  sha256: string
  bytes: number
  storeKey: string
  width: number | null
  height: number | null
  format: SourceFormat | null
  animated: boolean | null
  hasAlpha: boolean | null
  thumbhash: string | null
  dominantColor: string | null
  cameraMake: string | null
  cameraModel: string | null
  takenAt: string | null
  status: VersionStatus
  errorCode: string | null
  errorMessage: string | null
  derivedFrom: number | null
  operations: EditOperation[]
  createdAt: string
  sizes: SizeJson[]
}

export interface SizeJson {
  preset: string
  format: string
  width: number
  height: number
  bytes: number
  storeKey: string
  fingerprint: string
}

/** One version as a JSON object; `v` is its alias, `b` its blob's. */
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
  number: number
  version: VersionJson
}

/** The versions of a media, the newest first. */
export async function listVersions({ sequelize }: Mediasdb, mediaId: string): Promise<VersionJson[]> {
  const rows = await sequelize.query<VersionRow>(
    `SELECT ${versionColumns('v')} AS version FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = :mediaId ORDER BY v.number DESC`,
    { replacements: { mediaId }, type: QueryTypes.SELECT },
  )
  return rows.map(({ version }) => version)
}

/** The versions of several media, by the media, the newest first. */
export async function listVersionsOf({ sequelize }: Mediasdb, mediaIds: string[]): Promise<Map<string, VersionJson[]>> {
  if (mediaIds.length === 0) return new Map()
  const rows = await sequelize.query<{ media_id: string; versions: VersionJson[] }>(
    `SELECT v.media_id, jsonb_agg(${versionColumns('v')} ORDER BY v.number DESC) AS versions
     FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id IN (:mediaIds) GROUP BY v.media_id`,
    { replacements: { mediaIds }, type: QueryTypes.SELECT },
  )
  return new Map(rows.map(({ media_id, versions }) => [media_id, versions]))
}

export async function findVersion(
  { sequelize }: Mediasdb,
  mediaId: string,
  number: number,
): Promise<VersionJson | undefined> {
  const [row] = await sequelize.query<VersionRow>(
    `SELECT ${versionColumns('v')} AS version FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = :mediaId AND v.number = :number`,
    { replacements: { mediaId, number }, type: QueryTypes.SELECT },
  )
  return row?.version
}

export interface NewVersion {
  id: string
  mediaId: string
  number: number
  blobId: string
  status: VersionStatus
  format: SourceFormat | null
  createdBy: string
}

export async function insertVersion(
  { MediaVersion }: Mediasdb,
  version: NewVersion,
  transaction: Transaction,
): Promise<void> {
  await MediaVersion.create(version, { transaction, returning: false })
}

/** The number of the next version; the media's row must be locked. */
export async function nextVersionNumber(
  { sequelize }: Mediasdb,
  mediaId: string,
  transaction: Transaction,
): Promise<number> {
  const [row] = await sequelize.query<{ next: number }>(
    'SELECT COALESCE(max(number), 0) + 1 AS next FROM media_version WHERE media_id = :mediaId',
    { replacements: { mediaId }, type: QueryTypes.SELECT, transaction },
  )
  return row?.next ?? 1
}
