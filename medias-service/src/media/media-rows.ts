import type { Mediasdb, MediasdbUnit, MediaModel, MediaTagModel } from '@likeness/mediasdb'
import { escapeLike, type Attributes } from '@likeness/postgres'
import { keyset } from '@likeness/service-kit/http'

import { mediaOrder, type MediaQuery, type OwnedPage, ownedOrder } from './media-order.ts'
import { versionColumns, type VersionJson } from './version-rows.ts'

/** A media with its current version, the sizes of that version, and its tags: everything that its representation needs. */
export interface MediaRow extends Omit<Attributes<MediaModel>, 'currentVersionId' | 'trashedWithOwner'> {
  currentVersion: VersionJson | null
  tags: Pick<Attributes<MediaTagModel>, 'id' | 'slug' | 'name'>[]
}

/** The columns of a media that decide who can read it. */
export type MediaAccess = Pick<MediaRow, 'id' | 'ownerId' | 'visibility' | 'trashedAt'>

const mediaColumns = `
  m.id, m.owner_id AS "ownerId", m.title, m.alt, m.filename, m.mime_type AS "mimeType", m.kind, m.visibility, m.status,
  m.focal_x AS "focalX", m.focal_y AS "focalY", m.trashed_at AS "trashedAt", m.created_at AS "createdAt",
  m.updated_at AS "updatedAt",
  (SELECT ${versionColumns('v')} FROM media_version v JOIN blob b ON b.id = v.blob_id WHERE v.id = m.current_version_id)
    AS "currentVersion",
  COALESCE((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'slug', t.slug, 'name', t.name) ORDER BY t.slug COLLATE human)
    FROM media_tags_media mt JOIN media_tag t ON t.id = mt.tag_id WHERE mt.media_id = m.id), '[]') AS tags`

export function findMedia(mediasdb: MediasdbUnit, id: string): Promise<MediaRow | undefined> {
  return mediasdb.row<MediaRow>(`SELECT ${mediaColumns} FROM media m WHERE m.id = :id`, { id })
}

/** Reads only the columns that decide who can read these media. */
export function findMediaAccess(mediasdb: MediasdbUnit, ids: string[]): Promise<MediaAccess[]> {
  return mediasdb.rows<MediaAccess>(
    `SELECT id, owner_id AS "ownerId", visibility, trashed_at AS "trashedAt" FROM media WHERE id = ANY(:ids::uuid[])`,
    { ids },
  )
}

/** Locks the media's row until the transaction ends and reads the media. Every change of a media begins with this. */
export async function lockMedia(unit: MediasdbUnit, id: string): Promise<MediaRow | undefined> {
  await lockMediaRow(unit, id)
  return findMedia(unit, id)
}

/** Locks the row without reading the media. */
export async function lockMediaRow(unit: MediasdbUnit, id: string): Promise<void> {
  await unit.rows('SELECT FROM media WHERE id = :id FOR UPDATE', { id })
}

interface ListScope extends MediaQuery {
  /** Restricts the list to this owner, in addition to the filters. */
  onlyOwner: string | undefined
}

export function listMedia(mediasdb: Mediasdb, query: ListScope): Promise<MediaRow[]> {
  const position = keyset(mediaOrder, query)
  return mediasdb.rows<MediaRow>(
    `SELECT ${mediaColumns}, ${position.cursorColumns} FROM media m
     WHERE ${matching(query)} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { ...valuesOf(query), ...position.values },
  )
}

/** All media of an owner, including media in the trash. */
export function listOwnedMedia(mediasdb: Mediasdb, ownerId: string, query: OwnedPage): Promise<MediaRow[]> {
  const position = keyset(ownedOrder, query)
  return mediasdb.rows<MediaRow>(
    `SELECT ${mediaColumns}, ${position.cursorColumns} FROM media m
     WHERE m.owner_id = :ownerId AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { ownerId, ...position.values },
  )
}

export async function countMedia(mediasdb: Mediasdb, query: ListScope): Promise<number> {
  const row = await mediasdb.row<{ count: number }>(
    `SELECT count(*) AS count FROM media m WHERE ${matching(query)}`,
    valuesOf(query),
  )
  return row?.count ?? 0
}

/** The condition for the filters. A tag is given by its slug or by its name. */
function matching(query: ListScope): string {
  const tagged = (given: string) =>
    `EXISTS (SELECT FROM media_tags_media mt JOIN media_tag t ON t.id = mt.tag_id
     WHERE mt.media_id = m.id AND (t.slug = ANY(:${given}::text[])
       OR tag_name_key(t.name) IN (SELECT tag_name_key(given) FROM unnest(:${given}::text[]) AS given)))`
  return [
    query.trashed === 'true' ? 'm.trashed_at IS NOT NULL' : 'm.trashed_at IS NULL',
    query.onlyOwner && 'm.owner_id = :onlyOwner',
    query.owner && 'm.owner_id = :owner',
    query.status && 'm.status = :status',
    query.type && (query.type.endsWith('/*') ? `m.mime_type LIKE :typePrefix` : `m.mime_type = :type`),
    ...tagsOf(query).map((_tag, index) => tagged(`tag${index}`)),
    query.anyTag && tagged('anyTag'),
    query.q && '(lower(m.title) LIKE :words OR lower(m.filename) LIKE :words)',
    query.createdAfter && 'm.created_at > :createdAfter',
  ]
    .filter(Boolean)
    .join(' AND ')
}

const tagsOf = (query: ListScope) => [...new Set(query.tag)]

function valuesOf(query: ListScope): Record<string, unknown> {
  return {
    ...query,
    ...Object.fromEntries(tagsOf(query).map((tag, index) => [`tag${index}`, [tag]])),
    typePrefix: `${escapeLike((query.type ?? '').replace(/\*$/, ''))}%`,
    words: `%${escapeLike((query.q ?? '').toLowerCase())}%`,
  }
}

/**
 * Deletes media with their versions, sizes and taggings.
 *
 * @returns the ids of the blobs that their versions referenced
 */
export async function deleteMediaRows(unit: MediasdbUnit, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const versions = await unit.MediaVersion.findAll({ where: { mediaId: ids } })
  await unit.Media.destroy({ where: { id: ids } })
  return [...new Set(versions.map(({ blobId }) => blobId))]
}

/** Media that have been in the trash for `days`, except media of a deleted owner, which main-service erases. */
export async function findExpiredTrash(mediasdb: Mediasdb, days: number, limit: number): Promise<string[]> {
  const rows = await mediasdb.rows<Pick<Attributes<MediaModel>, 'id'>>(
    `SELECT id FROM media
     WHERE trashed_at < now() - make_interval(days => :days) AND NOT trashed_with_owner
     ORDER BY trashed_at LIMIT :limit`,
    { days, limit },
  )
  return rows.map(({ id }) => id)
}
