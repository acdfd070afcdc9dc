import type { Mediasdb, MediasdbUnit, MediaTagModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'
import { keyset, type ListOrder } from '@likeness/service-kit/http'
import { uuidv7 } from 'uuidv7'

export interface TagRow extends Pick<Attributes<MediaTagModel>, 'id' | 'slug' | 'name' | 'createdBy'> {
  /** Number of media with this tag, not counting media in the trash. */
  count: number
}

const tagColumns = `t.id, t.slug, t.name, t.created_by AS "createdBy",
  (SELECT count(*) FROM media_tags_media mt JOIN media m ON m.id = mt.media_id
   WHERE mt.tag_id = t.id AND m.trashed_at IS NULL) AS count`

export const tagOrder: ListOrder<'name' | 'createdAt'> = {
  columns: { name: 't.name COLLATE human', createdAt: 't.created_at' },
  standard: 'name',
  tieBreak: 't.id',
}

interface TagList {
  limit: number
  after?: string | undefined
  sort: string
  q?: string | undefined
}

export function listTags(mediasdb: Mediasdb, query: TagList): Promise<TagRow[]> {
  const position = keyset(tagOrder, query)
  return mediasdb.rows<TagRow>(
    `SELECT ${tagColumns}, ${position.cursorColumns} FROM media_tag t
     WHERE ${matching(query.q)} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { ...words(query.q), ...position.values },
  )
}

export async function countTags(mediasdb: Mediasdb, q: string | undefined): Promise<number> {
  const row = await mediasdb.row<{ count: number }>(
    `SELECT count(*) AS count FROM media_tag t WHERE ${matching(q)}`,
    words(q),
  )
  return row?.count ?? 0
}

const matching = (q: string | undefined) => (q ? '(lower(t.name) LIKE :words OR t.slug LIKE :words)' : 'true')
const words = (q = '') => ({ words: `${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` })

export function findTag(mediasdb: MediasdbUnit, id: string): Promise<TagRow | undefined> {
  return mediasdb.row<TagRow>(`SELECT ${tagColumns} FROM media_tag t WHERE t.id = :id`, { id })
}

/** A tag, locked until the transaction ends. */
export async function lockTag(unit: MediasdbUnit, id: string): Promise<TagRow | undefined> {
  await unit.rows('SELECT FROM media_tag WHERE id = :id FOR UPDATE', { id })
  return findTag(unit, id)
}

export type NamedTag = Pick<TagRow, 'id' | 'slug' | 'name'>

/**
 * The tags that have one of these slugs, or a name with one of these keys; the oldest first.
 *
 * @param options.locked whether to lock the rows, so that the tags cannot be deleted before the transaction ends
 */
export async function findTagsNamed(
  unit: MediasdbUnit,
  { slugs, nameKeys }: { slugs: string[]; nameKeys: string[] },
  { locked = false }: { locked?: boolean } = {},
): Promise<NamedTag[]> {
  if (slugs.length === 0) return []
  return unit.rows<NamedTag>(
    `SELECT id, slug, name FROM media_tag
     WHERE slug = ANY(:slugs::text[]) OR tag_name_key(name) = ANY(:nameKeys::text[])
     ORDER BY id ${locked ? 'FOR KEY SHARE' : ''}`,
    { slugs, nameKeys },
  )
}

/**
 * Locks the keys and the preferred slugs of names until the transaction ends, so that two requests cannot create the
 * same tag. Call it before any row is locked.
 */
export async function lockTagNames(unit: MediasdbUnit, names: { nameKeys: string[]; slugs: string[] }): Promise<void> {
  const locks = [...names.nameKeys.map((key) => `name ${key}`), ...names.slugs.map((slug) => `slug ${slug}`)]
  if (locks.length === 0) return
  // Always in the same order, so that two requests that share names wait for each other instead of deadlocking.
  const ordered = [...new Set(locks)].sort()
  await unit.rows(
    `SELECT pg_advisory_xact_lock(hashtext('media_tag'), hashtext(lock)) FROM unnest(:ordered::text[]) AS lock`,
    { ordered },
  )
}

export type NewTag = Pick<TagRow, 'slug' | 'name' | 'createdBy'>

/** Creates the tags whose slugs are free. Waits for a request that is creating a tag with one of these slugs. */
export async function insertFreeTags(unit: MediasdbUnit, tags: NewTag[]): Promise<void> {
  const rows = tags.toSorted((a, b) => (a.slug < b.slug ? -1 : 1)).map((tag) => ({ id: uuidv7(), ...tag }))
  await unit.MediaTag.bulkCreate(rows, { ignoreDuplicates: true })
}

/** Replaces the tags of a media. The media's row must be locked or new. */
export async function setTags(unit: MediasdbUnit, mediaId: string, tagIds: string[]): Promise<void> {
  const before = (await unit.MediaTagsMedia.findAll({ where: { mediaId } })).map(({ tagId }) => tagId)
  const removed = before.filter((tagId) => !tagIds.includes(tagId))
  const added = tagIds.filter((tagId) => !before.includes(tagId))
  if (removed.length > 0) await unit.MediaTagsMedia.destroy({ where: { mediaId, tagId: removed } })
  if (added.length > 0) await unit.MediaTagsMedia.bulkCreate(added.map((tagId) => ({ mediaId, tagId })))
}

/** Adds the tag `into` to every media that has the tag `from`. */
export async function moveTaggings(unit: MediasdbUnit, from: string, into: string): Promise<void> {
  await unit.rows(
    `INSERT INTO media_tags_media (media_id, tag_id)
     SELECT media_id, :into::uuid FROM media_tags_media WHERE tag_id = :from
     ON CONFLICT DO NOTHING`,
    { from, into },
  )
}
