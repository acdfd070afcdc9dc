import { randomBytes } from 'node:crypto'

import { beforeAll, describe, expect, it } from '@jest/globals'
import { makeCameraPicture, sharedSystem, truncatePicture, type System } from '@likeness/test-kit'

import { apiKey, memory, type Session, type Stored } from '../src/auth/index.ts'
import { mediaEvents, MediaFailedError, whenReady } from '../src/events/index.ts'
import {
  createApiKey,
  createClient,
  deleteMedia,
  downloadSize,
  getCurrentUser,
  getMedia,
  isProblem,
  listMedia,
  paginate,
  updateMedia,
  uploadMedia,
  type Client,
  type Media,
} from '../src/index.ts'
import { upload } from '../src/upload/index.ts'

describe('When a script in Node uses the client', () => {
  let system: System
  let client: Client<Session>
  let picture: Blob
  const email = `ada-${randomBytes(4).toString('hex')}@example.com`
  const password = 'a long enough password'
  const stored: Stored[] = []

  beforeAll(async () => {
    system = await sharedSystem()
    const auth = memory(undefined, (written) => stored.push(written))
    client = createClient({ baseUrl: system.gatewayUrl, auth })
    await auth.register({ email, password, name: 'Ada' })
    picture = new Blob([new Uint8Array((await makeCameraPicture({ width: 400, height: 300, orientation: 6 })).bytes)], {
      type: 'image/jpeg',
    })
  })

  it('then the session has its user, and a later process continues it', async () => {
    expect(client.auth.user).toMatchObject({ email, name: 'Ada', roles: ['user'] })
    const later = createClient({ baseUrl: system.gatewayUrl, auth: memory(stored.at(-1)) })
    expect(await getCurrentUser(later)).toMatchObject({ email })
  })

  it('then an upload reports its progress, and the media is ready after its events', async () => {
    const sent: number[] = []
    const media = await upload(client, picture, {
      filename: 'beach.jpg',
      alt: 'A beach',
      tags: ['sea', 'summer'],
      onProgress: ({ loaded, total, ratio }) => {
        expect(total).toBe(picture.size)
        expect(ratio).toBe(loaded / total)
        sent.push(loaded)
      },
    })
    expect(media).toMatchObject({ filename: 'beach.jpg', alt: 'A beach', status: 'processing' })
    expect(media.tags.map(({ slug }) => slug).sort()).toEqual(['sea', 'summer'])
    expect(sent.at(-1)).toBe(picture.size)
    expect(sent).toEqual([...sent].sort((a, b) => a - b))

    const ready = await whenReady(client, media, { signal: AbortSignal.timeout(60_000) })
    expect(ready.currentVersion?.sizes.length).toBeGreaterThan(4)
    const file = await downloadSize(client, media.id, 'thumb.jpeg')
    expect((await file.blob()).type).toBe('image/jpeg')
  })

  it('then the events of a media can be continued where they were left', async () => {
    const media = await upload(client, picture)
    const seen: string[] = []
    let lastEventId = ''
    for await (const { id, type } of mediaEvents(client, media.id)) {
      seen.push(type)
      lastEventId = id
      if (type === 'processing') break
    }
    for await (const { type, data } of mediaEvents(client, media.id, { lastEventId })) {
      expect(data.mediaId).toBe(media.id)
      seen.push(type)
      if (type === 'ready') break
    }
    expect(seen.slice(0, 2)).toEqual(['queued', 'processing'])
    expect(seen.filter((type) => type === 'queued')).toHaveLength(1)
    expect(seen.at(-1)).toBe('ready')
  })

  it('then a picture that cannot be rendered is an error with its code', async () => {
    const { bytes } = truncatePicture(await makeCameraPicture({ orientation: 1 }))
    const damaged = await upload(client, new Blob([new Uint8Array(bytes)]), { filename: 'damaged.jpg' })
    const error: unknown = await whenReady(client, damaged).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MediaFailedError)
    expect((error as MediaFailedError).code).toMatch(/^[a-z-]+$/)
  })

  it('then the status tells one media from several', async () => {
    const one = await uploadMedia(client, { file: [picture] }).withResponse()
    expect(one.status).toBe(201)
    expect(one.headers.get('location')).toContain((one.body as Media).id)
    const several = await uploadMedia(client, { file: [picture, new Blob(['no picture'])] }).withResponse()
    if (several.status !== 207) throw new Error(`The status is ${several.status}`)
    expect(several.body.results.map(({ status }) => status)).toEqual([201, 415])
  })

  it('then a repetition with the same Idempotency-Key creates nothing', async () => {
    const idempotencyKey = randomBytes(8).toString('hex')
    const first = await upload(client, picture, { idempotencyKey })
    expect(await upload(client, picture, { idempotencyKey })).toMatchObject({ id: first.id })
  })

  it('then a list is read page by page', async () => {
    const ids: string[] = []
    for await (const { id } of paginate((after) => listMedia(client, { after, limit: 2 }))) ids.push(id)
    expect(ids.length).toBeGreaterThan(4)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('then a change of an old state is refused', async () => {
    const media = await upload(client, picture)
    const { headers } = await getMedia(client, media.id).withResponse()
    const ifMatch = headers.get('etag') ?? ''
    await updateMedia(client, media.id, { title: 'Sea' })
    const error: unknown = await updateMedia(client, media.id, { title: 'Sun' }, { ifMatch }).catch((thrown) => thrown)
    expect(isProblem(error, 'precondition-failed')).toBe(true)
    expect(await deleteMedia(client, media.id)).toBeUndefined()
  })

  it('then an error lists the rejected fields', async () => {
    const guest = createClient({ baseUrl: system.gatewayUrl, auth: memory() })
    const error: unknown = await guest.auth
      .register({ email: 'ada', password: 'short', name: '' })
      .catch((thrown) => thrown)
    if (!isProblem(error, 'invalid-request')) throw error
    expect(error.errors.map(({ path }) => path)).toEqual(['body.email', 'body.password', 'body.name'])
    expect(error.requestId).toMatch(/\S/)
    await expect(guest.auth.login({ email, password: 'another password' })).rejects.toMatchObject({
      code: 'invalid-credentials',
    })
    await expect(getCurrentUser(guest)).rejects.toMatchObject({ status: 401, code: 'token-missing' })
  })

  it('then a rejected token is renewed, and the request is repeated with its file', async () => {
    const last = stored.at(-1)
    if (!last?.session) throw new Error('There is no session')
    const damaged = { ...last, session: { ...last.session, accessToken: `${last.session.accessToken}x` } }
    const auth = memory(damaged, (written) => stored.push(written))
    const renewed = createClient({ baseUrl: system.gatewayUrl, auth })
    const media = await upload(renewed, picture, { onProgress: () => {} })
    expect(media.status).toBe('processing')
    await auth.logout()
    expect(auth.user).toBeUndefined()
    await client.auth.login({ email, password })
  })

  it('then an API key needs no session, and has only its permissions', async () => {
    const { key } = await createApiKey(client, { name: 'Reader', permissions: ['media:read:own'] })
    const reader = createClient({ baseUrl: system.gatewayUrl, auth: apiKey(key) })
    expect((await listMedia(reader)).data.length).toBeGreaterThan(0)
    await expect(upload(reader, picture)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('then an aborted upload creates no media', async () => {
    const { data: before } = await listMedia(client, { limit: 200 })
    const stop = new AbortController()
    const uploading = upload(client, picture, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('Cancelled by the user.')),
    })
    await expect(uploading).rejects.toThrow('Cancelled by the user.')
    const { data: after } = await listMedia(client, { limit: 200 })
    expect(after).toHaveLength(before.length)
  })
})
