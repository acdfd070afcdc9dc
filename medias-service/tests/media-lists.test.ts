import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Answer, Json } from '@likeness/test-kit'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let ada: Client
let ben: Client
let reader: Client

const titles = ({ body }: Answer): string[] => body.data.map(({ title }: Json) => title)
const list = async (query: string, client = reader) => titles(await client.get(`/media?${query}`))
const invalid = async (query: string) => {
  const { status, body } = await reader.get(`/media?${query}`)
  return [status, body.errors?.[0]?.path]
}
const q = (words: string) => `q=${encodeURIComponent(words)}`

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
  ben = medias.somebody()
  reader = medias.somebody('media:read')
  const add = async (client: Client, title: string, fields: Record<string, string> = {}, name = 'picture.png') => {
    const { body } = await client.upload({ bytes: await drawPicture(), name }, { title, ...fields })
    await medias.rows(`UPDATE media SET created_at = :at WHERE id = :id`, {
      id: body.id,
      at: `2026-01-0${(await reader.get('/media?count=true')).body.page.total}T12:00:00Z`,
    })
    return body.id
  }
  await add(ada, 'Été', { tags: 'sea,sun' })
  await add(ada, '100% wool', { tags: 'wool' }, 'under_score.png')
  await add(ada, 'it\'s \\ "quoted" :title ?', { tags: 'sea' })
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')
  const { body } = await ada.upload({ bytes: svg }, { title: 'drawing' })
  await medias.rows(`UPDATE media SET status = 'failed', created_at = '2026-01-04T12:00:00Z' WHERE id = '${body.id}'`)
  await add(ben, 'Ben’s', { tags: 'sea,sun' })
  await ada.send('DELETE', `/media/${await add(ada, 'gone', { tags: 'sea' })}`)
})
afterAll(() => medias?.stop())

describe('When media are listed', () => {
  it('then the newest come first, without the trash, and each with its owner', async () => {
    const answer = await reader.get('/media')
    expect(titles(answer)).toEqual(['Ben’s', 'drawing', 'it\'s \\ "quoted" :title ?', '100% wool', 'Été'])
    expect(answer.body.page).toEqual({ limit: 50, next: null })
    expect(answer.headers.get('link')).toBeNull()
    expect(answer.body.data[0]).toMatchObject({ ownerId: ben.id, owner: null })
  })

  it('then each filter applies, and several filters are combined', async () => {
    expect(await list('tag=sea')).toEqual(['Ben’s', 'it\'s \\ "quoted" :title ?', 'Été'])
    expect(await list('tag=sea&tag=sun')).toEqual(['Ben’s', 'Été'])
    expect(await list('tag=sea&tag=sea')).toHaveLength(3)
    expect(await list('tag=nothing')).toEqual([])
    expect(await list('tag=')).toEqual([])
    expect(await list('anyTag=sun&anyTag=wool')).toEqual(['Ben’s', '100% wool', 'Été'])
    expect(await list('type=image/svg%2Bxml')).toEqual(['drawing'])
    expect(await list('type=image/png')).toHaveLength(4)
    expect(await list('type=image/*')).toHaveLength(5)
    expect(await list('type=imag_/*')).toEqual([])
    expect(await list('status=failed')).toEqual(['drawing'])
    expect(await list('status=ready')).toEqual([])
    expect(await list(`owner=${ben.id}`)).toEqual(['Ben’s'])
    expect(await list('createdAfter=2026-01-04T13:00:00%2B01:00')).toEqual(['Ben’s'])
    expect(await list('trashed=true')).toEqual(['gone'])
    expect(await list(`tag=sea&anyTag=sun&type=image/png&status=processing&owner=${ada.id}&${q('ét')}`)).toEqual([
      'Été',
    ])
  })

  it.each([
    ['ÉTÉ', ['Été']],
    ['100%', ['100% wool']],
    ['0% w', ['100% wool']],
    ['%', ['100% wool']],
    ['r_s', ['100% wool']],
    ['_', ['100% wool']],
    ['\\', ['it\'s \\ "quoted" :title ?']],
    ["'", ['it\'s \\ "quoted" :title ?']],
    ['" :', ['it\'s \\ "quoted" :title ?']],
    [':words', []],
    ['picture', ['Ben’s', 'drawing', 'it\'s \\ "quoted" :title ?', 'Été']],
  ])('then q=%s is plain text, not a pattern', async (words, found) => {
    expect(await list(q(words))).toEqual(found)
  })

  it('then they are in the requested order', async () => {
    const byTitle = await list('sort=title')
    expect(byTitle).toHaveLength(5)
    expect(await list('sort=-title')).toEqual(byTitle.toReversed())
    expect(await list('sort=createdAt')).toEqual((await list('sort=-createdAt')).toReversed())
    expect(await list('sort=updatedAt')).toEqual((await list('sort=-updatedAt')).toReversed())
    expect(await list('sort=-title,createdAt')).toEqual(byTitle.toReversed())
  })

  it('then a caller with media:read:own sees only own media, whatever the filters are', async () => {
    expect(await list('', ben)).toEqual(['Ben’s'])
    expect(await list(`owner=${ada.id}`, ben)).toEqual([])
    expect(await list('trashed=true', ben)).toEqual([])
    expect(await list('trashed=true', ada)).toEqual(['gone'])
    expect((await ben.get('/media?count=true')).body.page.total).toBe(1)
    expect((await medias.somebody('tags:read').get('/media')).status).toBe(403)
    expect((await medias.nobody.get('/media')).status).toBe(401)
  })
})

describe('When a list is read page by page', () => {
  it.each(['-createdAt', 'title', '-title,createdAt', 'updatedAt'])(
    'then every media is listed once by %s, even while others are uploaded',
    async (sort) => {
      const whole = await list(`sort=${sort}`)
      const seen: string[] = []
      let url: string | null = `/media?limit=2&sort=${sort}&count=true`
      let uploaded = ''
      while (url) {
        const answer = await reader.get(url)
        seen.push(...titles(answer))
        uploaded ||= (await ben.upload({ bytes: await drawPicture() }, { title: 'meanwhile' })).body.id
        const link = /^<\/api\/v1(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null
        expect(link === null).toBe(answer.body.page.next === null)
        expect(answer.body.page.total).toEqual(expect.any(Number))
        url = link
      }
      await ben.send('DELETE', `/media/${uploaded}?permanent=true`)
      expect(seen.filter((title) => title !== 'meanwhile')).toEqual(whole)
      expect(seen.filter((title) => title === 'meanwhile').length).toBeLessThanOrEqual(1)
    },
  )

  it('then the longest title of control characters still fits into a cursor', async () => {
    const ids: string[] = []
    for (const title of ['\u0001'.repeat(300), '\u0001'.repeat(299)]) {
      const { body } = await ben.upload({ bytes: await drawPicture() })
      await ben.send('PATCH', `/media/${body.id}`, { title })
      ids.push(body.id)
    }
    const first = await ben.get('/media?sort=title&limit=1')
    const second = await ben.get(`/media?sort=title&limit=1&after=${first.body.page.next}`)
    expect(second.status).toBe(200)
    expect(second.body.data[0].title).not.toBe(first.body.data[0].title)
    for (const id of ids) await ben.send('DELETE', `/media/${id}?permanent=true`)
  })
})

describe('When a query parameter of a list is invalid', () => {
  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

  it.each(['-1', '0', '201', '1e9', 'abc', '', '1.5', 'NaN'])('then limit=%s is 422', async (limit) => {
    expect(await invalid(`limit=${limit}`)).toEqual([422, 'query.limit'])
  })

  it('then a limit from 1 to 200 is accepted', async () => {
    expect((await reader.get('/media?limit=1')).body.page.limit).toBe(1)
    expect((await reader.get('/media?limit=200')).body.page.limit).toBe(200)
  })

  it.each(['', 'bytes', 'constructor', '-toString', 'title,', 'title;drop', '__proto__'])(
    'then sort=%s is 422',
    async (sort) => {
      expect(await invalid(`sort=${sort}`)).toEqual([422, 'query.sort'])
    },
  )

  it('then a forged cursor, or a cursor of another sort order, is 422', async () => {
    const { next } = (await reader.get('/media?limit=1')).body.page
    expect((await reader.get(`/media?limit=1&after=${next}`)).status).toBe(200)
    expect(await invalid(`sort=title&after=${next}`)).toEqual([422, 'query.after'])
    expect(await invalid('after=nonsense')).toEqual([422, 'query.after'])
    expect(await invalid(`after=${cursor('-createdAt', 'x')}`)).toEqual([422, 'query.after'])
    expect(await invalid(`after=${cursor('-createdAt', 1, 2)}`)).toEqual([422, 'query.after'])
    expect(await invalid(`after=${'x'.repeat(5_000)}`)).toEqual([422, 'query.after'])
    for (const values of [
      ['lately', ada.id],
      ['2026-01-01', 'no id'],
      ['2026-13-45', ada.id],
      ['2026-01-01\0', ada.id],
    ]) {
      expect((await invalid(`after=${cursor('-createdAt', ...values)}`))[0]).toBe(422)
    }
  })

  it.each(['status=done', 'owner=me', 'createdAfter=yesterday', 'createdAfter=0000-01-01T00:00:00Z', 'trashed=yes'])(
    'then %s is 422',
    async (query) => {
      expect((await invalid(query))[0]).toBe(422)
    },
  )

  it('then a NUL in the search text is 422', async () => {
    expect(await invalid('q=%00')).toEqual([422, 'query.q'])
  })
})
