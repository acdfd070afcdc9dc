import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { send, type Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { drawPicture, formOf, startMedias, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest

beforeAll(async () => {
  medias = await startMedias()
})
afterAll(() => medias?.stop())

const ask = (path: string, token = medias.tokens.serviceToken('main-service')) =>
  send('GET', `${medias.url}/internal${path}`, { token })
const bytesOf = async (path: string) => {
  const headers = { authorization: `Bearer ${medias.tokens.serviceToken('main-service')}` }
  const response = await fetch(`${medias.url}/internal${path}`, { headers })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('When another service lists the media of an owner', () => {
  it('then every media has all its versions, in the trash or not, the oldest first, in pages', async () => {
    const [ada, eve] = [medias.somebody(), medias.somebody()]
    const ids: string[] = []
    for (let count = 0; count < 5; count++) ids.push((await ada.upload({ bytes: await drawPicture() })).body.id)
    await eve.upload({ bytes: await drawPicture() })
    await ada.send('POST', `/media/${ids[1]}/versions`, formOf({ bytes: await drawPicture() }))
    await ada.send('DELETE', `/media/${ids[2]}`)

    const seen: Json[] = []
    let after = ''
    for (;;) {
      const { status, body } = await ask(`/owners/${ada.id}/media?limit=2${after}`)
      expect(status).toBe(200)
      seen.push(...body.data)
      if (body.page.next === null) break
      after = `&after=${encodeURIComponent(body.page.next)}`
    }

    expect(seen.map(({ id }) => id)).toEqual(ids)
    expect(seen.map(({ versions }) => versions.map(({ number }: Json) => number))).toEqual([[1], [2, 1], [1], [1], [1]])
    expect(seen[2].trashedAt).not.toBeNull()
    const { versions, ...media } = seen[1]
    expect(media).toEqual((await ada.get(`/media/${ids[1]}`)).body)
    expect(versions).toEqual((await ada.get(`/media/${ids[1]}/versions`)).body.data)
  })

  it('then the list of an unknown owner is empty', async () => {
    expect((await ask(`/owners/${uuidv7()}/media`)).body).toEqual({ data: [], page: { limit: 50, next: null } })
  })

  it.each([
    ['limit=0', 422],
    ['limit=201', 422],
    ['after=nonsense', 422],
    ['sort=title', 422],
  ])('then ?%s is rejected', async (query, status) => {
    expect((await ask(`/owners/${uuidv7()}/media?${query}`)).status).toBe(status)
  })
})

describe('When another service downloads an original', () => {
  it('then it gets the bytes of that version, also from the trash', async () => {
    const ada = medias.somebody()
    const [first, second] = [await drawPicture(), await drawPicture()]
    const { id } = (await ada.upload({ bytes: first })).body
    await ada.send('POST', `/media/${id}/versions`, formOf({ bytes: second }))
    await ada.send('DELETE', `/media/${id}`)

    expect(await bytesOf(`/media/${id}/versions/1/file`)).toEqual({ status: 200, bytes: first })
    expect(await bytesOf(`/media/${id}/versions/2/file`)).toEqual({ status: 200, bytes: second })
    for (const path of [`${id}/versions/3`, `${id}/versions/0`, `${id}/versions/x`, `${uuidv7()}/versions/1`]) {
      expect((await ask(`/media/${path}/file`)).status).toBe(404)
    }
  })

  it('then a file that is missing in the store is 503, not an empty file', async () => {
    const { id } = (await medias.somebody().upload({ bytes: await drawPicture() })).body
    const [row] = await medias.rows(
      'SELECT store_key FROM media_version v JOIN blob b ON b.id = v.blob_id WHERE v.media_id = :id',
      { id },
    )
    await rm(join(medias.storeFolder, String(row?.['store_key'])))

    const { status, body } = await ask(`/media/${id}/versions/1/file`)
    expect([status, body.code]).toEqual([503, 'file-unavailable'])
  })
})

it('When the caller is not a service, then the answer is 401, whatever permissions the caller has', async () => {
  const admin = medias.somebody('*')
  const { id } = (await admin.upload({ bytes: await drawPicture() })).body
  for (const path of [`/owners/${admin.id}/media`, `/media/${id}/versions/1/file`]) {
    expect((await ask(path, admin.token)).status).toBe(401)
  }
})
