import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { drawPicture, startMedias, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

const origin = 'https://pictures.example.com'

describe('When PUBLIC_URL is set', () => {
  let medias: MediasUnderTest
  beforeAll(async () => {
    medias = await startMedias({ variables: { PUBLIC_URL: origin } })
  })
  afterAll(() => medias?.stop())

  it('then Location and the URLs of sizes are absolute, and the ETag is accepted in If-Match', async () => {
    const ada = medias.somebody()
    const uploaded = await ada.upload({ bytes: await drawPicture() })
    const { id } = uploaded.body
    expect(uploaded.headers.get('location')).toBe(`${origin}/api/v1/media/${id}`)
    await finishVersion(medias, id, { formats: ['jpeg'] })

    const media = await ada.get(`/media/${id}`)
    const urls = (version: { sizes: { url: string }[] }) => version.sizes.map(({ url }) => url)
    expect(urls(media.body.currentVersion)).toContain(`${origin}/api/v1/media/${id}/sizes/thumb.jpeg?v=1`)
    const version = await ada.get(`/media/${id}/versions/1`)
    expect(urls(version.body)).toEqual(urls(media.body.currentVersion))
    const list = await ada.get('/media')
    expect(urls(list.body.data[0].currentVersion)).toEqual(urls(media.body.currentVersion))

    const match = { 'If-Match': media.headers.get('etag') ?? '' }
    const changed = await ada.send('PATCH', `/media/${id}`, { title: 'A beach' }, match)
    expect([changed.status, urls(changed.body.currentVersion)]).toEqual([200, urls(media.body.currentVersion)])
    expect((await ada.send('PATCH', `/media/${id}`, { title: 'B' }, match)).status).toBe(412)
  })
})
