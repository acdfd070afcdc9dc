import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { uuidv7 } from 'uuidv7'

import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let ada: Client
/** The id of a media of Ada. */
let id: string

beforeAll(async () => {
  medias = await startMedias()
  ada = medias.somebody()
  id = (await ada.upload({ bytes: await drawPicture() })).body.id
})
afterAll(() => medias?.stop())

/** A client with the id of Ada and only these permissions, as with an API key. */
function asAda(...permissions: string[]) {
  const token = medias.tokens.userToken({ sub: ada.id, permissions })
  return (method: string, path: string) =>
    fetch(`${medias.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } })
}

async function missing(answer: Promise<Response>): Promise<string> {
  const response = await answer
  const { detail } = (await response.json()) as { detail: string }
  expect(response.status).toBe(403)
  return /the permission (\S+),/.exec(detail)?.[1] ?? detail
}

describe('A 403 names the least permission that would do', () => {
  it('for a media of the caller, the permission for own media', async () => {
    const send = asAda('media:read:own')

    expect(await missing(send('DELETE', `/media/${id}`))).toBe('media:delete:own')
    expect(await missing(send('POST', `/media/${id}/restore`))).toBe('media:delete:own')
    expect(await missing(send('POST', `/media/${id}/reprocess`))).toBe('media:update:own')
    expect(await missing(asAda()('GET', `/media/${id}/versions`))).toBe('media:read:own')
  })

  it('for a media of another user, an unknown media and a wrong id, the permission for all media', async () => {
    const other = await medias.somebody().upload({ bytes: await drawPicture() })
    const send = asAda('media:read:own')

    for (const media of [other.body.id, uuidv7(), 'one'])
      expect(await missing(send('DELETE', `/media/${media}`))).toBe('media:delete')
  })

  it('for a list, the permission for own media, unless it is filtered by another owner', async () => {
    expect(await missing(asAda()('GET', '/media'))).toBe('media:read:own')
    expect(await missing(asAda()('GET', `/media?owner=${ada.id}`))).toBe('media:read:own')
    expect(await missing(asAda()('GET', `/media?owner=${uuidv7()}`))).toBe('media:read')
  })

  it('for rows without an owner, and for an upload, the permission itself', async () => {
    const send = asAda('media:read:own')

    expect(await missing(send('POST', '/media'))).toBe('media:create')
    expect(await missing(send('GET', '/jobs/stats'))).toBe('jobs:read')
    expect(await missing(send('GET', '/tags'))).toBe('tags:read')
  })

  it('and a caller with that permission is allowed', async () => {
    expect((await asAda('media:delete:own')('DELETE', `/media/${id}`)).status).toBe(204)
  })
})
