import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually, type Answer, type Json } from '@likeness/test-kit'
import fc from 'fast-check'

import { isTagName, tagNameKey } from '../src/tags/tag-name.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let ada: Client

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
})
afterAll(() => medias?.stop())

const upload = async (fields: Record<string, string> = {}): Promise<Json> =>
  (await ada.upload({ bytes: await drawPicture() }, fields)).body
const put = (id: string, tags: string[]) => ada.send('PUT', `/media/${id}/tags`, { tags })
const slugs = ({ body }: Answer) => body.tags.map(({ slug }: Json) => slug)

describe('When a media gets tags by their names', () => {
  it('then names with different signs are different tags, accents are ignored, and a slug identifies its tag', async () => {
    const { id } = await upload()
    const names = async (tags: string[]) => (await put(id, tags)).body.tags.map(({ name }: Json) => name).toSorted()
    expect(await names(['Lang', 'Lang++', 'Lang#', 'Lang!', '🐍', '🐫'])).toEqual(
      ['Lang', 'Lang++', 'Lang#', 'Lang!', '🐍', '🐫'].toSorted(),
    )
    expect(await names(['lang#', 'LANG++', 'la\u0301ng'])).toEqual(['Lang#', 'Lang++', 'Lang'].toSorted())
    expect(await names(['lang-sharp', 'lang'])).toEqual(['Lang', 'Lang#'])
  })

  it('then a renamed tag keeps its slug, and its old name becomes another tag', async () => {
    const { id } = await upload({ tags: 'Lake' })
    const [lake] = await medias.rows(`UPDATE media_tag SET name = 'Pond' WHERE slug = 'lake' RETURNING id`)
    const ids = async (tags: string[]) => (await put(id, tags)).body.tags.map((tag: Json) => tag.id)
    expect(await ids(['lake'])).toEqual([lake?.['id']])
    const [again] = await ids(['Lake'])
    expect(again).not.toBe(lake?.['id'])
    expect(await ids(['lake'])).toEqual([again])
    expect(await ids(['pond'])).toEqual([lake?.['id']])
  })

  it('then a slug selects one of several older tags with the same name, and the name selects the oldest', async () => {
    const { id } = await upload()
    await medias.rows(
      `INSERT INTO media_tag (id, slug, name) VALUES ('01940000-0000-7000-8000-000000000001', 'twin', 'Twin'),
         ('01940000-0000-7000-8000-000000000002', 'twin-2', 'twin')`,
    )
    expect(slugs(await put(id, ['TWIN']))).toEqual(['twin'])
    expect(slugs(await put(id, ['twin-2']))).toEqual(['twin-2'])
  })

  it('then two names share a tag only if they have the same key', async () => {
    const { id } = await upload()
    const character = fc.constantFrom(
      ...'aAáÁbcCßςΣ',
      '\u0301',
      '+',
      '#',
      '.',
      '-',
      '!',
      '&',
      ' ',
      '  ',
      'ﬁ',
      'Ａ',
      '🎉',
      '字',
      '1',
    )
    const name = fc
      .array(character, { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(''))
      .filter(isTagName)
    await fc.assert(
      fc.asyncProperty(name, name, async (one, other) => {
        const { status, body } = await put(id, [one, other])
        expect(status).toBe(200)
        const tags: Json[] = body.tags
        for (const given of [one.trim(), other.trim()]) {
          const isIt = (tag: Json) => tagNameKey(tag.name) === tagNameKey(given)
          expect(tags.some((tag) => isIt(tag) || tag.slug === given)).toBe(true)
        }
        const isOneName = tagNameKey(one) === tagNameKey(other)
        const isSlug = tags.some(({ slug }) => slug === one.trim() || slug === other.trim())
        if (!isSlug) expect(tags).toHaveLength(isOneName ? 1 : 2)
      }),
      { numRuns: 150 },
    )
    const named = await medias.rows(
      'SELECT count(*)::integer AS tags FROM media_tag GROUP BY tag_name_key(name) HAVING count(*) > 1',
    )
    // The two tags with the same name from the previous test.
    expect(named).toHaveLength(1)
  })

  it('then concurrent requests create each tag once', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, async () => (await upload()).id as string))
    const names = ['Rush', 'Rush!', 'Rush?', 'Rushος']
    const answers = await Promise.all(ids.map((id, index) => put(id, index % 2 ? names : names.toReversed())))
    const tagIds = answers.map(({ body }) => body.tags.map((tag: Json) => tag.id).toSorted())
    expect(tagIds[0]).toHaveLength(names.length)
    for (const those of tagIds) expect(those).toEqual(tagIds[0])
  })

  it('then concurrent requests with forms of one name that prefer different slugs create one tag', async () => {
    const forms = ['σοφος', 'σοφοσ', 'ΣΟΦΟΣ']
    const answers = await Promise.all([...forms, ...forms].map((name) => ada.send('POST', '/tags', { name })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409])
  })

  it('then requests that add a tag succeed while the tag is deleted', async () => {
    for (let round = 1; round <= 5; round++) {
      const media = await Promise.all([upload(), upload(), upload()])
      const name = `Gone ${round}`
      const { body: tag } = await ada.send('POST', '/tags', { name })
      const [deleted, ...answers] = await Promise.all([
        medias.somebody('tags:delete').send('DELETE', `/tags/${tag.id}`),
        ...media.map(({ id }) => put(id, [name])),
      ])
      expect(deleted?.status).toBe(204)
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    }
  })

  it('then a tag that is deleted meanwhile is not created again without tags:create', async () => {
    const name = 'Gone for good'
    const { body: tag } = await ada.send('POST', '/tags', { name })
    const reader = medias.somebody('media:create', 'media:update', 'tags:read')
    const { body: media } = await reader.upload({ bytes: await drawPicture() })
    const { mediasdb } = medias.context
    const putting = await mediasdb.transaction(
      async (unit) => {
        await unit.MediaTag.destroy({ where: { id: tag.id } })
        const answer = reader.send('PUT', `/media/${media.id}/tags`, { tags: [name] })
        await eventually(
          async () => {
            const waiting = await medias.rows(
              `SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%media_tag%'`,
            )
            expect(waiting).toHaveLength(1)
          },
          { limitMs: 60_000 },
        )
        return { answer }
      },
      { limitMs: 60_000 },
    )
    expect(await putting.answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await medias.rows('SELECT id FROM media_tag WHERE name = :name', { name })).toEqual([])
  })

  it('then media are filtered by the names of their tags, all of them or any', async () => {
    const [both, one] = [await upload({ tags: 'F#, F++' }), await upload({ tags: 'f#' })]
    const found = async (query: string) =>
      (await ada.get(`/media?${query}`)).body.data.map(({ id }: Json) => id).toSorted()
    expect(await found('tag=F%23')).toEqual([both.id, one.id].toSorted())
    expect(await found('tag=F%23&tag=f%2B%2B')).toEqual([both.id])
    expect(await found('tag=f-sharp&tag=F%23')).toEqual([both.id, one.id].toSorted())
    expect(await found('anyTag=f%2B%2B&anyTag=nothing')).toEqual([both.id])
    expect(await found('tag=F')).toEqual([])
    expect(await found("tag='%20OR%20true%20--")).toEqual([])
  })

  it('then a name is found by an index', async () => {
    const rows = await medias.context.mediasdb.transaction(async (unit) => {
      await unit.rows('SET LOCAL enable_seqscan = off')
      return unit.rows(`EXPLAIN SELECT id FROM media_tag WHERE tag_name_key(name) IN ('a', 'b')`)
    })
    expect(JSON.stringify(rows)).toContain('media_tag_name_key')
  })

  it('then PostgreSQL computes the same key of a name as the service', async () => {
    // Only scripts that no longer change: PostgreSQL and Node may have different versions of Unicode.
    const ranges = [
      [0x20, 0x16ff],
      [0x1e00, 0x2bff],
      [0x3040, 0x30ff],
      [0xff00, 0xffef],
    ] as const
    const character = fc.oneof(
      ...ranges.map(([min, max]) => fc.integer({ min, max }).map((code) => String.fromCodePoint(code))),
    )
    const names = fc
      .sample(fc.string({ unit: character, maxLength: 20 }), 300)
      .filter((name) => !/\p{Cn}|\u0897/u.test(name))
    const keys = await medias.rows(
      `SELECT value AS name, tag_name_key(value) AS key FROM json_array_elements_text(:names) AS value`,
      { names: JSON.stringify(names) },
    )
    expect(keys).toEqual(names.map((name) => ({ name, key: tagNameKey(name) })))
  })
})
