import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Answer, Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let editor: Client

beforeAll(async () => {
  medias = await startMedias()
  editor = medias.somebody('media:*', 'tags:*')
})
afterAll(() => medias?.stop())

const problem = ({ status, body }: Answer) => [status, body.code]
const make = async (name: string, slug?: string): Promise<Json> =>
  (await editor.send('POST', '/tags', slug === undefined ? { name } : { name, slug })).body
const upload = async (tags: string): Promise<Json> =>
  (await editor.upload({ bytes: await drawPicture() }, { tags })).body
const slugsOf = async (id: string) => (await editor.get(`/media/${id}`)).body.tags.map(({ slug }: Json) => slug)
const tagOf = async (slug: string): Promise<Json> =>
  (await editor.get(`/tags?q=${encodeURIComponent(slug)}`)).body.data.find((tag: Json) => tag.slug === slug)

describe('When a tag is created', () => {
  it('then a read returns the same tag, and its name cannot be created again', async () => {
    const answer = await editor.send('POST', '/tags', { name: ' Été à la Mer! ' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/tags/${answer.body.id}`)
    expect(answer.body).toEqual({ id: expect.any(String), slug: 'ete-a-la-mer', name: 'Été à la Mer!', count: 0 })
    const read = await editor.get(`/tags/${answer.body.id}`)
    expect(read.body).toEqual(answer.body)
    expect(read.headers.get('etag')).toBe(answer.headers.get('etag'))
    expect(problem(await editor.send('POST', '/tags', { name: ' ete  à LA\u00A0MER! ' }))).toEqual([409, 'tag-exists'])
    expect((await make('another name', 'ete-2')).slug).toBe('ete-2')
  })

  it.each([
    ['🎉 party', 'party'],
    ['שלום עולם', 'שלום-עולם'],
    ['がく', 'がく'],
    ['कि', 'कि'],
    ['바다', '바다'],
    ['Ёлка и май', 'ёлка-и-май'],
    ['🎉', expect.stringMatching(/^tag-[0-9a-f]{8}$/)],
    ['C', 'c'],
    ['C++', 'c-plus-plus'],
    ['C#', 'c-sharp'],
    ['C!', expect.stringMatching(/^c-[0-9a-f]{8}$/)],
    ['.NET', 'dot-net'],
  ])('then %s gets a slug in its own script, with words for signs', async (name, slug) => {
    const made = await make(name)
    expect(made).toMatchObject({ name, slug })
    const { id } = await upload(name)
    expect(await slugsOf(id)).toEqual([made.slug])
    for (const wanted of [made.slug, name, name.normalize('NFD').toUpperCase()]) {
      const { body } = await editor.get(`/media?tag=${encodeURIComponent(wanted)}`)
      expect(body.data).toMatchObject([{ id }])
    }
  })

  it('then no other tag can get its name, with another slug or by a change', async () => {
    await make('Only one')
    const other = await make('Only two')
    expect(problem(await editor.send('POST', '/tags', { name: 'ONLY  one', slug: 'only-1' }))).toEqual([
      409,
      'tag-exists',
    ])
    expect(problem(await editor.send('PATCH', `/tags/${other.id}`, { name: 'only one' }))).toEqual([409, 'tag-exists'])
    expect((await editor.send('PATCH', `/tags/${other.id}`, { name: 'ONLY TWO' })).status).toBe(200)
  })

  it.each([
    [{ name: '' }],
    [{ name: '   ' }],
    [{ name: '...' }],
    [{ name: 'a\nb' }],
    [{ name: 'a\0' }],
    [{ name: 'x'.repeat(101) }],
    [{ name: 'x', slug: 'Not A Slug' }],
    [{ name: 'x', slug: '' }],
    [{ name: 'x', slug: 'a--b' }],
    [{ name: 'x', colour: 'red' }],
    [{}],
  ])('then %j is 422', async (body) => {
    expect(problem(await editor.send('POST', '/tags', body))).toEqual([422, 'invalid-request'])
  })

  it('then each route requires its permission', async () => {
    const { id } = await make('guarded')
    const user = medias.somebody()
    expect((await user.get('/tags')).status).toBe(200)
    expect((await user.send('POST', '/tags', { name: 'of a user' })).status).toBe(201)
    expect((await user.send('PATCH', `/tags/${id}`, { name: 'x' })).status).toBe(403)
    expect((await user.send('POST', `/tags/${id}/merge`, { into: uuidv7() })).status).toBe(403)
    expect((await user.send('DELETE', `/tags/${id}`)).status).toBe(403)
    expect((await medias.somebody('tags:read').send('POST', '/tags', { name: 'x' })).status).toBe(403)
    expect((await medias.nobody.get('/tags')).status).toBe(401)
  })
})

describe('When a caller has permissions for own tags', () => {
  it('then the caller can change own tags, and tags of others are 403', async () => {
    const foreign = await make('of the editor')
    const carol = medias.somebody('tags:read', 'tags:create', 'tags:update:own', 'tags:delete:own')
    const own = (await carol.send('POST', '/tags', { name: 'of carol' })).body
    for (const [method, path, body] of [
      ['PATCH', `/tags/${foreign.id}`, { name: 'taken over' }],
      ['POST', `/tags/${foreign.id}/merge`, { into: own.id }],
      ['DELETE', `/tags/${foreign.id}`, undefined],
    ] as const) {
      expect(problem(await carol.send(method, path, body))).toEqual([403, 'forbidden'])
    }
    expect((await editor.get(`/tags/${foreign.id}`)).body.name).toBe('of the editor')
    expect((await carol.send('PATCH', `/tags/${own.id}`, { name: 'still of carol' })).status).toBe(200)
    expect((await carol.send('DELETE', `/tags/${own.id}`)).status).toBe(204)
  })
})

describe('When tags are listed', () => {
  it('then they are filtered by a prefix, sorted on request, and counted without media in the trash', async () => {
    for (const name of ['zoo_a', 'Zoo b', 'zooXa']) await make(name)
    const [kept, trashed] = [await upload('zoo_a'), await upload('zoo_a')]
    await editor.send('DELETE', `/media/${trashed.id}`)
    const { body } = await editor.get('/tags?q=ZOO&count=true')
    expect(body.data.map(({ name, count }: Json) => [name, count]).toSorted()).toEqual(
      [
        ['Zoo b', 0],
        ['zooXa', 0],
        ['zoo_a', 1],
      ].toSorted(),
    )
    expect(body.page.total).toBe(3)
    expect((await editor.get('/tags?q=zoo_')).body.data).toHaveLength(1)
    expect((await editor.get('/tags?q=oo')).body.data).toEqual([])
    expect((await editor.get('/tags?sort=count')).status).toBe(422)
    const first = await editor.get('/tags?limit=1&sort=-createdAt')
    expect(first.body.data[0].name).toBe('zooXa')
    const next = await editor.get(`/tags?limit=1&sort=-createdAt&after=${first.body.page.next}`)
    expect(next.body.data[0].name).toBe('Zoo b')
    expect(await slugsOf(kept.id)).toEqual(['zoo-a'])
  })
})

describe('When a tag is renamed', () => {
  it('then its slug stays unless it is changed too, and no other tag can get the slug', async () => {
    const tag = await make('first name')
    await make('taken')
    const read = (await editor.get(`/tags/${tag.id}`)).headers.get('etag') ?? ''
    const change = (body: object, headers = {}) => editor.send('PATCH', `/tags/${tag.id}`, body, headers)
    const answer = await change({ name: 'Second name' }, { 'if-match': read })
    expect(answer.body).toEqual({ ...tag, name: 'Second name' })
    expect(answer.headers.get('etag')).toBe((await editor.get(`/tags/${tag.id}`)).headers.get('etag'))
    expect(problem(await change({ name: 'third' }, { 'if-match': read }))).toEqual([412, 'precondition-failed'])
    expect((await change({ slug: 'second-name' })).body.slug).toBe('second-name')
    expect(problem(await change({ slug: 'taken' }))).toEqual([409, 'tag-exists'])
    expect((await editor.send('PATCH', `/tags/${uuidv7()}`, { name: 'x' })).status).toBe(404)
  })
})

describe('When a tag is merged into another', () => {
  it('then all its media have the other tag, once', async () => {
    const [one, both] = [await upload('colour'), await upload('colour, color')]
    const [from, into] = [await tagOf('colour'), await tagOf('color')]
    const answer = await editor.send('POST', `/tags/${from.id}/merge`, { into: into.id })
    expect(answer.body).toEqual({ ...into, count: 2 })
    expect(await slugsOf(one.id)).toEqual(['color'])
    expect(await slugsOf(both.id)).toEqual(['color'])
    expect((await editor.get(`/tags/${from.id}`)).status).toBe(404)
  })

  it('then the tag itself or an unknown tag as target is 422, and an unknown source is 404', async () => {
    const { id } = await make('merging')
    const merge = (from: string, into: unknown) => editor.send('POST', `/tags/${from}/merge`, { into })
    expect(problem(await merge(id, id))).toEqual([422, 'invalid-request'])
    expect(problem(await merge(id, uuidv7()))).toEqual([422, 'invalid-request'])
    expect(problem(await merge(id, 'name'))).toEqual([422, 'invalid-request'])
    expect((await merge(uuidv7(), id)).status).toBe(404)
  })

  it('then of two concurrent opposite merges exactly one succeeds', async () => {
    const [one, other] = [await make('one way'), await make('other way')]
    const answers = await Promise.all([
      editor.send('POST', `/tags/${one.id}/merge`, { into: other.id }),
      editor.send('POST', `/tags/${other.id}/merge`, { into: one.id }),
    ])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => [404, 422].includes(status))).toHaveLength(1)
  })
})

describe('When a tag is deleted', () => {
  it('then no media has it any more', async () => {
    const media = await upload('doomed, staying')
    const { id } = await tagOf('doomed')
    expect((await editor.send('DELETE', `/tags/${id}`, undefined, { 'if-match': '"old"' })).status).toBe(412)
    expect((await editor.send('DELETE', `/tags/${id}`)).status).toBe(204)
    expect(await slugsOf(media.id)).toEqual(['staying'])
    expect((await editor.send('DELETE', `/tags/${id}`)).status).toBe(404)
  })

  it('then a concurrent request that adds the tag to a media succeeds', async () => {
    const media = await upload('')
    for (let round = 0; round < 5; round++) {
      const { id } = await make(`fleeting ${round}`)
      const [put, removed] = await Promise.all([
        editor.send('PUT', `/media/${media.id}/tags`, { tags: [`fleeting-${round}`] }),
        editor.send('DELETE', `/tags/${id}`),
      ])
      expect([put.status, removed.status]).toEqual([200, 204])
    }
  })
})
