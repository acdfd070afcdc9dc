import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

import { storeDeadJob } from '../src/dead-jobs/store-dead-job.ts'
import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { listenTo, receives, type EventListener } from './event-listener.ts'
import { HELD, drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

describe('The events of a media', () => {
  let medias: MediasUnderTest
  let ada: Client
  const listeners: EventListener[] = []
  beforeAll(async () => {
    medias = await startMedias()
    ada = medias.somebody()
  })
  afterEach(() => listeners.splice(0).forEach((listener) => listener.disconnect()))
  afterAll(() => medias.stop())

  const uploaded = async (fields = {}): Promise<string> =>
    (await ada.upload({ bytes: await drawPicture() }, fields)).body.id
  const versionOf = async (mediaId: string): Promise<string> => {
    const [row] = await medias.rows('SELECT id FROM media_version WHERE media_id = :mediaId', { mediaId })
    return String(row?.['id'])
  }
  const addEvent = (mediaId: string, type: string, data = {}) =>
    medias.rows(
      `INSERT INTO event (media_id, version_id, type, data)
       SELECT :mediaId, id, :type, CAST(:data AS jsonb) FROM media_version WHERE media_id = :mediaId RETURNING id`,
      { mediaId, type, data: JSON.stringify(data) },
    )

  async function listen(mediaId: string, { token } = ada, headers: Record<string, string> = {}) {
    const listener = await listenTo(medias.url, mediaId, { token, headers })
    listeners.push(listener)
    expect([listener.status, listener.body]).toEqual([200, undefined])
    expect(listener.headers['content-type']).toBe('text/event-stream')
    expect(listener.headers['cache-control']).toContain('no-store')
    return listener
  }

  it('are sent from the first one, with their version, and then as they happen', async () => {
    const id = await uploaded()
    const listener = await listen(id)
    await receives(listener, ['queued'])
    expect(listener.received[0]?.data).toMatchObject({ mediaId: id, versionId: await versionOf(id), version: 1 })
    expect(Date.parse(String(listener.received[0]?.data['at']))).toBeLessThanOrEqual(Date.now())

    await addEvent(id, 'processing', { worker: 'one:1', attempt: 1 })
    await receives(listener, ['queued', 'processing'])
    expect(listener.received[1]?.data).toMatchObject({ worker: 'one:1', attempt: 1 })
  })

  it('are only the events of this media', async () => {
    const [one, other] = [await uploaded(), await uploaded()]
    const listener = await listen(one)
    await addEvent(other, 'processing')
    await addEvent(one, 'ready')
    await receives(listener, ['queued', 'ready'])
  })

  it('continue after Last-Event-ID, or start again if it is unknown', async () => {
    const id = await uploaded()
    const first = await listen(id)
    await addEvent(id, 'processing')
    await receives(first, ['queued', 'processing'])
    first.disconnect()
    await addEvent(id, 'ready')
    await receives(await listen(id, ada, { 'Last-Event-ID': String(first.received[1]?.id) }), ['ready'])
    await receives(await listen(id, ada, { 'Last-Event-ID': 'a song' }), ['queued', 'processing', 'ready'])
    await receives(await listen(id, ada, { 'Last-Event-ID': '99999999999999999999-1' }), [
      'queued',
      'processing',
      'ready',
    ])
    const ofAnotherDatabase = { 'Last-Event-ID': '9999999999999999999-1' }
    await receives(await listen(id, ada, ofAnotherDatabase), ['queued', 'processing', 'ready'])
  })

  it('are sent after a restore from a database with higher transaction ids', async () => {
    const id = await uploaded()
    await addEvent(id, 'processing')
    await medias.rows(`UPDATE event SET xid = '9000000000' WHERE media_id = :id RETURNING id`, { id })
    await runHousekeeping(medias.context)
    await addEvent(id, 'ready')
    const listener = await listen(id)
    await receives(listener, ['queued', 'processing', 'ready'])
    await receives(await listen(id, ada, { 'Last-Event-ID': String(listener.received[1]?.id) }), ['ready'])
  })

  it('are delayed while an open transaction may still commit an earlier event', async () => {
    const id = await uploaded()
    const versionId = await versionOf(id)
    const listener = await listen(id)
    await receives(listener, ['queued'])
    await medias.context.mediasdb.transaction(async (unit) => {
      await unit.Event.create({ mediaId: id, versionId, type: 'processing' })
      await addEvent(id, 'ready')
      await (await listen(await uploaded())).disconnect()
      expect(listener.received.map(({ event }) => event)).toEqual(['queued'])
    }, HELD)
    await receives(listener, ['queued', 'processing', 'ready'])
  })

  it('contain the code of a failure', async () => {
    const id = await uploaded()
    const job = { contract: 1, kind: 'render', mediaId: id, versionId: await versionOf(id) } as const
    const dead = { id: job.versionId, isJob: true, job, payload: job, routingKey: 'interactive', attempts: [] } as const
    const listener = await listen(id)
    await storeDeadJob(medias.context, { ...dead, attempts: [], code: 'corrupt-image', reason: 'It ends too soon' })
    await receives(listener, ['queued', 'failed'])
    expect(listener.received[1]?.data).toMatchObject({ code: 'corrupt-image' })
  })

  it('contain workers and retry errors only for readers whose permission applies to the media', async () => {
    const id = await uploaded({ visibility: 'public' })
    await addEvent(id, 'processing', { worker: 'machine:1', attempt: 1 })
    await addEvent(id, 'queued', { worker: 'machine:1', error: 'The store is away', retryInMs: 5_000 })
    await addEvent(id, 'failed', { code: 'corrupt-image', attempts: [{ worker: 'machine:1' }] })
    for (const reader of [medias.nobody, medias.somebody('media:read:own')]) {
      const stranger = await listen(id, reader)
      await receives(stranger, ['queued', 'processing', 'queued', 'failed'])
      expect(JSON.stringify(stranger.received)).not.toMatch(/machine|away/)
      expect(stranger.received[3]?.data).toMatchObject({ code: 'corrupt-image' })
    }
    const owner = await listen(id)
    await receives(owner, ['queued', 'processing', 'queued', 'failed'])
    expect(owner.received[1]?.data).toMatchObject({ worker: 'machine:1' })
  })

  it('end when the token expires, the media becomes private, or the media is deleted', async () => {
    const id = await uploaded({ visibility: 'public' })
    const token = medias.tokens.userToken({ sub: ada.id, permissions: ['media:read:own'], expiresIn: 3 })
    const brief = await listen(id, { ...ada, token })
    const anonymous = await listen(id, medias.nobody)
    const lasting = await listen(id)
    await eventually(() => expect(brief.isOver()).toBe(true), { limitMs: 60_000 })
    expect([anonymous.isOver(), lasting.isOver()]).toEqual([false, false])

    await ada.send('PATCH', `/media/${id}`, { visibility: 'private' })
    await addEvent(id, 'processing')
    await eventually(() => expect(anonymous.isOver()).toBe(true), { limitMs: 60_000 })
    expect(anonymous.received.map(({ event }) => event)).toEqual(['queued'])
    await addEvent(id, 'ready')
    await eventually(() => expect(lasting.received.map(({ event }) => event)).toContain('ready'), { limitMs: 60_000 })
    await finishVersion(medias, id)
    await ada.send('DELETE', `/media/${id}?permanent=true`)
    await eventually(() => expect(lasting.isOver()).toBe(true), { limitMs: 60_000 })
  })

  it('are hidden from callers who are not allowed to read the media', async () => {
    const id = await uploaded()
    expect((await medias.somebody().get(`/media/${id}/events`)).status).toBe(404)
    expect((await medias.nobody.get(`/media/${id}/events`)).status).toBe(401)
    const { status, headers } = await ada.fetch(`/media/${id}/events`, { method: 'HEAD' })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  })
})
