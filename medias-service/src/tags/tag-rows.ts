import type { Mediasdb } from '@likeness/mediasdb'
import { keyset, type ListOrder } from '@likeness/service-kit'
import { QueryTypes, type Transaction } from 'sequelize'
import { uuidv7 } from 'uuidv7'

export interface TagRow {
  id: string
  slug: string
  name: string
  created_by: string | null
  /** How many media have it, those in the trash not counted. */
  count: number
}

const tagColumns = `t.id, t.slug, t.name, t.created_by,
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

export async function listTags({ sequelize }: Mediasdb, query: TagList): Promise<TagRow[]> {
  const position = keyset(tagOrder, query)
  return sequelize.query<TagRow>(
    `SELECT ${tagColumns}, ${position.cursorColumns} FROM media_tag t
     WHERE ${matching(query.q)} AND ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    { replacements: { ...words(query.q), ...position.replacements }, type: QueryTypes.SELECT },
  )
}

export async function countTags({ sequelize }: Mediasdb, q: string | undefined): Promise<number> {
  const [row] = await sequelize.query<{ count: number }>(
    `SELECT count(*) AS count FROM media_tag t WHERE ${matching(q)}`,
    { replacements: words(q), type: QueryTypes.SELECT },
  )
  return row?.count ?? 0
}

const matching = (q: string | undefined) => (q ? '(lower(t.name) LIKE :words OR t.slug LIKE :words)' : 'true')
const words = (q = '') => ({ words: `${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` })

export async function findTag(
  { sequelize }: Mediasdb,
  id: string,
  transaction?: Transaction,
): Promise<TagRow | undefined> {
  if (transaction) {
    await sequelize.query('SELECT FROM media_tag WHERE id = :id FOR UPDATE', { replacements: { id }, transaction })
  }
  const [row] = await sequelize.query<TagRow>(`SELECT ${tagColumns} FROM media_tag t WHERE t.id = :id`, {
    replacements: { id },
    type: QueryTypes.SELECT,
    transaction: transaction ?? null,
  })
  return row
}

export interface NamedTag {
  id: string
  slug: string
  name: string
}

/** The tags that have one of these slugs, or a name with one of these keys; the oldest first. */
export async function findTagsNamed(
  { sequelize }: Mediasdb,
  { slugs, nameKeys }: { slugs: string[]; nameKeys: string[] },
  /** `held`: they are kept from being deleted until the transaction ends. */
  { transaction, held = false }: { transaction: Transaction; held?: boolean },
): Promise<NamedTag[]> {
  if (slugs.length === 0) return []
  return sequelize.query<NamedTag>(
    `SELECT id, slug, name FROM media_tag WHERE slug IN (:slugs) OR tag_name_key(name) IN (:nameKeys)
     ORDER BY id ${held ? 'FOR KEY SHARE' : ''}`,
    { replacements: { slugs, nameKeys }, type: QueryTypes.SELECT, transaction },
  )
}

/**
 * Whoever makes or renames a tag holds the preferred slug of its name until the transaction ends: of one name, and of
 * names that prefer one slug, only one is made at a time. Taken before any row is locked.
 */
export async function holdTagSlugs({ sequelize }: Mediasdb, slugs: string[], transaction: Transaction): Promise<void> {
  if (slugs.length === 0) return
  // In one order everywhere, so that two requests that share slugs wait for each other and never deadlock.
  const ordered = [...new Set(slugs)].sort()
  await sequelize.query(
    `SELECT pg_advisory_xact_lock(hashtext('media_tag'), hashtext(slug))
     FROM json_array_elements_text(:slugs) AS slug`,
    { replacements: { slugs: JSON.stringify(ordered) }, transaction },
  )
}

interface NewTag {
  slug: string
  name: string
  createdBy: string
}

/** @throws {UniqueConstraintError} when one of the slugs is taken. */
export async function insertTags(
  { sequelize }: Mediasdb,
  tags: NewTag[],
  transaction: Transaction,
): Promise<{ id: string }[]> {
  if (tags.length === 0) return []
  const rows = tags
    .toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
    .map(({ slug, name, createdBy }) => ({ id: uuidv7(), slug, name, created_by: createdBy }))
  await sequelize.query(
    `INSERT INTO media_tag (id, slug, name, created_by)
     SELECT * FROM json_to_recordset(:rows) AS t(id uuid, slug text, name text, created_by uuid)`,
    { replacements: { rows: JSON.stringify(rows) }, transaction },
  )
  return rows
}

/** Gives a media these tags and no others. */
export async function setTags(
  { sequelize }: Mediasdb,
  mediaId: string,
  tagIds: string[],
  transaction: Transaction,
): Promise<void> {
  const wanted = `{${tagIds.join(',')}}`
  await sequelize.query(
    'DELETE FROM media_tags_media WHERE media_id = :mediaId AND NOT tag_id = ANY (CAST(:wanted AS uuid[]))',
    { replacements: { mediaId, wanted }, transaction },
  )
  await sequelize.query(
    `INSERT INTO media_tags_media (media_id, tag_id) SELECT :mediaId, unnest(CAST(:wanted AS uuid[]))
     ON CONFLICT DO NOTHING`,
    { replacements: { mediaId, wanted }, transaction },
  )
}

export async function updateTag(
  { MediaTag }: Mediasdb,
  id: string,
  changes: { name?: string; slug?: string },
  transaction: Transaction,
): Promise<void> {
  await MediaTag.update(changes, { where: { id }, transaction })
}

export async function deleteTag({ MediaTag }: Mediasdb, id: string, transaction: Transaction): Promise<void> {
  await MediaTag.destroy({ where: { id }, transaction })
}

/** Everything that has one tag gets the other instead. */
export async function moveTaggings(
  { sequelize }: Mediasdb,
  from: string,
  into: string,
  transaction: Transaction,
): Promise<void> {
  await sequelize.query(
    `INSERT INTO media_tags_media (media_id, tag_id) SELECT media_id, :into FROM media_tags_media WHERE tag_id = :from
     ON CONFLICT DO NOTHING`,
    { replacements: { from, into }, transaction },
  )
}
