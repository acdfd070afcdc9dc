import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  makeCameraPicture,
  registerSomebody,
  send,
  settled,
  sharedSystem,
  upload,
  type Json,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('When a picture is uploaded', () => {
  let system: System
  let ada: Person
  let media: Json

  beforeAll(async () => {
    system = await sharedSystem()
    ada = await registerSomebody(system)
  })

  it('then it is accepted at once and processed later', async () => {
    const picture = await makeCameraPicture({ orientation: 6 })
    const answer = await upload(system, ada.accessToken, { bytes: picture.bytes, name: 'beach.jpg' })
    expect(answer.body).toMatchObject({ ownerId: ada.id, filename: 'beach.jpg', status: 'processing', kind: 'image' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/media/${answer.body.id}`)
    media = answer.body
  })

  it('then it is rendered in every size and format', async () => {
    media = await settled(system, ada.accessToken, media.id)
    expect(media.status).toBe('ready')
    const sizes = media.currentVersion.sizes.map(({ preset, format }: Json) => `${preset}.${format}`).sort()
    const presets = ['large', 'medium', 'small', 'thumb', 'xlarge']
    expect(sizes).toEqual(presets.flatMap((preset) => [`${preset}.avif`, `${preset}.jpeg`]))
  })

  it('then every size can be downloaded', async () => {
    for (const size of media.currentVersion.sizes) {
      const response = await fetch(new URL(size.url, system.mediasUrl), {
        headers: { authorization: `Bearer ${ada.accessToken}` },
      })
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(`image/${size.format}`)
      expect(bytes.length).toBe(size.bytes)
    }
  })

  it('then it is hidden from other users', async () => {
    const eve = await registerSomebody(system, 'Eve')
    const answer = await send('GET', `${system.mediasUrl}/api/v1/media/${media.id}`, { token: eve.accessToken })
    expect(answer.status).toBe(404)
  })

  it('then a new focal point crops it again, and the old sizes are delivered until then', async () => {
    const url = `${system.mediasUrl}/api/v1/media/${media.id}`
    const keys = ({ currentVersion }: Json) => currentVersion.sizes.map(({ bytes }: Json) => bytes)
    const { status, body } = await send('PATCH', url, {
      token: ada.accessToken,
      body: { focalPoint: { x: 0.1, y: 0.1 } },
    })
    expect(status).toBe(200)
    expect(body.status).toBe('ready')
    const stale = body.currentVersion.sizes.filter((size: Json) => size.stale).map(({ preset }: Json) => preset)
    expect(new Set(stale)).toEqual(new Set(['thumb']))

    const recropped = await eventually(
      async () => {
        const { body: now } = await send('GET', url, { token: ada.accessToken })
        expect(now.currentVersion.sizes.some((size: Json) => size.stale)).toBe(false)
        return now
      },
      { limitMs: 60_000 },
    )
    expect(keys(recropped)).not.toEqual(keys(media))
  })
})
