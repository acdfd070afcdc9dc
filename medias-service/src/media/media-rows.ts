import type { MediaKind, MediaStatus, MediaVisibility, Mediasdb } from '@likeness/mediasdb'
import { keyset } from '@likeness/service-kit'
import { QueryTypes, type Transaction } from 'sequelize'

import { tagNameKey } from '../tags/tag-name.ts'
import { versionColumns, type VersionJson } from '../versions/version-rows.ts'
import { mediaOrder, type MediaQuery, type OwnedPage, ownedOrder } from './media-order.ts'

/** A media with its current version, that version's sizes, and its tags: all that its representation needs. */
export interface MediaRow {
  id: string
  owner_id: string
  title: string
  alt: string
  filename: string
  mime_type: string
  kind: MediaKind
  visibility: MediaVisibility
  status: MediaStatus
  focal_x: number | null
  focal_y: number | null
  trashed_at: Date | null
  created_at: Date
  updated_at: Date
  current_version: VersionJson | null
  tags: { id: string; slug: string; name: string }[]
}

const mediaColumns = `
  m.id, m.owner_id, m.title, m.alt, m.filename, m.mime_type, m.kind, m.visibility, m.status, m.focal_x, m.focal_y,
  m.trashed_at, m.created_at, m.updated_at,
  (SELECT ${versionColumns('v')} FROM media_version v JOIN blob b ON b.id = v.blob_id WHERE v.id = m.current_version_id)
    AS current_version,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'slug', t.slug, 'name', t.name) ORDER BY t.slug COLLATE human)
    FROM media_tags_media mt JOIN media_tag t ON t.id = mt.tag_id WHERE mt.media_id = m.id), '[]') AS tags`

export async function findMedia({ sequelize }: Mediasdb, id: string): Promise<MediaRow | undefined> {
  const [row] = await sequelize.query<MediaRow>(`SELECT ${mediaColumns} FROM media m WHERE m.id = :id`, {
    replacements: { id },
    type: QueryTypes.SELECT,
  })
  return row
}

/** The same, with the media's row locked until the transaction ends: every change of a media begins here. */
export async function lockMedia(
  { sequelize }: Mediasdb,
  id: string,
  transaction: Transaction,
): Promise<MediaRow | undefined> {
  await lockMediaRow({ sequelize }, id, transaction)
  const [row] = await sequelize.query<MediaRow>(`SELECT ${mediaColumns} FROM media m WHERE m.id = :id`, {
    replacements: { id },
    type: QueryTypes.SELECT,
    transaction,
  })
  return row
}

/** The lock alone, for whoever need not know what it is. */
export async function lockMediaRow(
  { sequelize }: Pick<Mediasdb, 'sequelize'>,
  id: string,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query('SELECT FROM media WHERE id = :id FOR UPDATE', { replacements: { id }, transaction })
}

interface ListScope extends MediaQuery {
  /** Only this owner's media, whatever the filters say. */
  onlyOwner: string | undefined
}

export async function listMedia({ sequelize }: Mediasdb, query: ListScope): Promise<MediaRow[]> {
  const position = keyset(mediaOrder, query)
  const { where, replacements } = filters(query)
  return sequelize.query<MediaRow>(
    `SELECT ${mediaColumns}, ${position.cursorColumns} FROM media m
     WHERE ${where} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { replacements: { ...replacements, ...position.replacements }, type: QueryTypes.SELECT },
  )
}

/** All that an owner has, trashed or not. */
export async function listOwnedMedia({ sequelize }: Mediasdb, ownerId: string, query: OwnedPage): Promise<MediaRow[]> {
  const position = keyset(ownedOrder, query)
  return sequelize.query<MediaRow>(
    `SELECT ${mediaColumns}, ${position.cursorColumns} FROM media m
     WHERE m.owner_id = :ownerId AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { replacements: { ownerId, ...position.replacements }, type: QueryTypes.SELECT },
  )
}

export async function countMedia({ sequelize }: Mediasdb, query: ListScope): Promise<number> {
  const { where, replacements } = filters(query)
  const [row] = await sequelize.query<{ count: number }>(`SELECT count(*) AS count FROM media m WHERE ${where}`, {
    replacements,
    type: QueryTypes.SELECT,
  })
  return row?.count ?? 0
}

function filters(query: ListScope): { where: string; replacements: Record<string, unknown> } {
  const tags = [...new Set(query.tag)]
  const tagged = (list: string) =>
    `EXISTS (SELECT FROM media_tags_media mt JOIN media_tag t ON t.id = mt.tag_id
     WHERE mt.media_id = m.id AND (t.slug IN (:${list}) OR tag_name_key(t.name) IN (:${list}Key)))`
  const conditions = [
    query.trashed === 'true' ? 'm.trashed_at IS NOT NULL' : 'm.trashed_at IS NULL',
    query.onlyOwner && 'm.owner_id = :onlyOwner',
    query.owner && 'm.owner_id = :owner',
    query.status && 'm.status = :status',
    query.type && (query.type.endsWith('/*') ? `m.mime_type LIKE :typePrefix` : `m.mime_type = :type`),
    ...tags.map((_tag, index) => tagged(`tag${index}`)),
    query.anyTag && tagged('anyTag'),
    query.q && '(lower(m.title) LIKE :words OR lower(m.filename) LIKE :words)',
    query.createdAfter && 'm.created_at > :createdAfter',
  ].filter(Boolean)
  return {
    where: conditions.join(' AND '),
    replacements: {
      ...query,
      ...Object.fromEntries(
        tags.flatMap((tag, index) => [
          [`tag${index}`, [tag]],
          [`tag${index}Key`, [tagNameKey(tag)]],
        ]),
      ),
      anyTagKey: query.anyTag?.map(tagNameKey),
      typePrefix: `${escapeLike((query.type ?? '').replace(/\*$/, ''))}%`,
      words: `%${escapeLike((query.q ?? '').toLowerCase())}%`,
    },
  }
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

interface MediaColumns {
  title: string
  alt: string
  visibility: MediaVisibility
  focalX: number | null
  focalY: number | null
}

export interface NewMedia extends MediaColumns {
  id: string
  ownerId: string
  filename: string
  mimeType: string
  kind: MediaKind
  status: MediaStatus
  currentVersionId: string
}

export async function insertMedia({ Media }: Mediasdb, media: NewMedia, transaction: Transaction): Promise<void> {
  await Media.create(media, { transaction, returning: false })
}

export async function updateMedia(
  { Media }: Mediasdb,
  id: string,
  changes: Partial<MediaColumns & { trashedAt: Date | null; trashedWithOwner: boolean }>,
  transaction: Transaction,
): Promise<void> {
  await Media.update(changes, { where: { id }, transaction })
}

/** Notes that a media has changed in what is not its row's. */
export async function touchMedia({ sequelize }: Mediasdb, id: string, transaction: Transaction): Promise<void> {
  await sequelize.query('UPDATE media SET updated_at = now() WHERE id = :id', { replacements: { id }, transaction })
}

/** Deletes media with all that belongs to them; returns the blobs that their versions referred to. */
export async function deleteMediaRows(
  { sequelize }: Mediasdb,
  ids: string[],
  transaction: Transaction,
): Promise<string[]> {
  if (ids.length === 0) return []
  const blobs = await sequelize.query<{ blob_id: string }>(
    'SELECT DISTINCT blob_id FROM media_version WHERE media_id IN (:ids)',
    { replacements: { ids }, type: QueryTypes.SELECT, transaction },
  )
  await sequelize.query('DELETE FROM media WHERE id IN (:ids)', { replacements: { ids }, transaction })
  return blobs.map(({ blob_id }) => blob_id)
}

/** What went with its owner is not among them: it stays for as long as main-service says. */
export async function findExpiredTrash({ sequelize }: Mediasdb, days: number, limit: number): Promise<string[]> {
  const rows = await sequelize.query<{ id: string }>(
    `SELECT id FROM media
     WHERE trashed_at < now() - make_interval(days => :days) AND NOT trashed_with_owner
     ORDER BY trashed_at LIMIT :limit`,
    { replacements: { days, limit }, type: QueryTypes.SELECT },
  )
  return rows.map(({ id }) => id)
}
