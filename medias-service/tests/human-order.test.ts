import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

/** The strings with A are sorted by case and accent, the strings with C by signs. Two are the same. */
const inOrder = ['10', 'A', 'A', 'a', 'Á', 'á', 'a b', 'B', 'C', 'c', 'C#', 'C++', 'Ñ', 'z', 'Z a', 'Ж', '字']
const shuffled = inOrder.toSorted((a, b) => (a < b ? 1 : -1))

/** Reads a list in all its pages, and returns one field of each item. */
async function walk(path: string, name: string): Promise<unknown[]> {
  const seen: Record<string, unknown>[] = []
  let next: string | undefined = path
  while (next) {
    const { status, body, headers } = await ada.get(next)
    expect(status).toBe(200)
    seen.push(...body.data)
    next = /<\/api\/v1(.+)>/.exec(headers.get('link') ?? '')?.[1]
  }
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  return seen.map((item) => item[name])
}

describe('When a list is sorted by text', () => {
  it('then media are in human order of their titles, ascending, descending and with a second key, each once', async () => {
    for (const title of shuffled) expect((await ada.upload({ bytes: await drawPicture() }, { title })).status).toBe(201)

    expect(await walk('/media?sort=title&limit=2', 'title')).toEqual(inOrder)
    expect(await walk('/media?sort=-title&limit=2', 'title')).toEqual(inOrder.toReversed())
    expect(await walk('/media?sort=-title,createdAt&limit=2', 'title')).toEqual(inOrder.toReversed())
  })

  it('then tags are in human order of their names', async () => {
    for (const [index, name] of shuffled.entries()) {
      await medias.rows('INSERT INTO media_tag (id, slug, name) VALUES (gen_random_uuid(), :slug, :name)', {
        slug: `slug-${index}`,
        name,
      })
    }
    expect(await walk('/tags?sort=name&limit=2', 'name')).toEqual(inOrder)
    expect(await walk('/tags?sort=-name&limit=2', 'name')).toEqual(inOrder.toReversed())
  })

  it.each([
    ['media', 'title', 'media_title_order'],
    ['media_tag', 'name', 'media_tag_name'],
  ])('then an index has the rows of %s in the order of the column %s', async (table, column, index) => {
    const plan = await medias.context.mediasdb.transaction(async (unit) => {
      // With so few rows, PostgreSQL would read and sort all of them.
      for (const other of ['seqscan', 'sort', 'bitmapscan']) await unit.rows(`SET LOCAL enable_${other} = off`)
      const rows = await unit.rows(
        `EXPLAIN SELECT id FROM ${table} t WHERE (${column} COLLATE human, id) > ('b', gen_random_uuid())
         ORDER BY ${column} COLLATE human, id LIMIT 2`,
      )
      return JSON.stringify(rows)
    })
    expect(plan).toMatch(new RegExp(`Index (Only )?Scan using ${index}`))
    expect(plan).not.toContain('Sort Key')
  })
})
