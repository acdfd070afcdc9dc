import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

import { storeDeadJob } from '../src/dead-jobs/store-dead-job.ts'
import { runHousekeeping } from '../src/housekeeping/housekeeping.ts'
import { HELD, drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { finishVersion } from './rendered.ts'

interface Told {
  id: string
  event: string
  data: Record<string, unknown>
}

/** A stream as a client reads it. */
interface Listener {
  told: Told[]
  isOver(): boolean
  leave(): void
}

describe('The events of a media', () => {
  let medias: MediasUnderTest
  let ada: Client
  const listeners: Listener[] = []
  beforeAll(async () => {
    medias = await startMedias()
    ada = medias.somebody()
  })
  afterEach(() => listeners.splice(0).forEach((listener) => listener.leave()))
  afterAll(() => medias.stop())

  const uploaded = async (fields = {}): Promise<string> =>
    (await ada.upload({ bytes: await drawPicture() }, fields)).body.id
  const versionOf = async (mediaId: string): Promise<string> => {
    const [row] = await medias.rows('SELECT id FROM media_version WHERE media_id = :mediaId', { mediaId })
    return String(row?.['id'])
  }
  const happens = (mediaId: string, type: string, data = {}) =>
    medias.rows(
      `INSERT INTO event (media_id, version_id, type, data)
       SELECT :mediaId, id, :type, CAST(:data AS jsonb) FROM media_version WHERE media_id = :mediaId RETURNING id`,
      { mediaId, type, data: JSON.stringify(data) },
    )

  async function listen(mediaId: string, client = ada, headers: Record<string, string> = {}): Promise<Listener> {
    const leaving = new AbortController()
    const response = await client.fetch(`/media/${mediaId}/events`, { headers, signal: leaving.signal })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toContain('no-store')
    const listener = { told: [] as Told[], over: false, isOver: () => listener.over, leave: () => leaving.abort() }
    listeners.push(listener)
    void readAll(response, listener.told)
      .catch(() => undefined)
      .finally(() => (listener.over = true))
    return listener
  }
  const hears = (listener: Listener, types: string[]) =>
    eventually(() => expect(listener.told.map(({ event }) => event)).toEqual(types), { limitMs: 15_000 })

  it('are told from the first one on, with their version, and then as they come', async () => {
    const id = await uploaded()
    const listener = await listen(id)
    await hears(listener, ['queued'])
    expect(listener.told[0]?.data).toMatchObject({ mediaId: id, versionId: await versionOf(id), version: 1 })
    expect(Date.parse(String(listener.told[0]?.data['at']))).toBeLessThanOrEqual(Date.now())

    await happens(id, 'processing', { worker: 'one:1', attempt: 1 })
    await hears(listener, ['queued', 'processing'])
    expect(listener.told[1]?.data).toMatchObject({ worker: 'one:1', attempt: 1 })
  })

  it('are told of this media alone', async () => {
    const [one, other] = [await uploaded(), await uploaded()]
    const listener = await listen(one)
    await happens(other, 'processing')
    await happens(one, 'ready')
    await hears(listener, ['queued', 'ready'])
  })

  it('go on where a client was, whatever happened meanwhile', async () => {
    const id = await uploaded()
    const first = await listen(id)
    await happens(id, 'processing')
    await hears(first, ['queued', 'processing'])
    first.leave()
    await happens(id, 'ready')
    await hears(await listen(id, ada, { 'Last-Event-ID': String(first.told[1]?.id) }), ['ready'])
    await hears(await listen(id, ada, { 'Last-Event-ID': 'a song' }), ['queued', 'processing', 'ready'])
    await hears(await listen(id, ada, { 'Last-Event-ID': '99999999999999999999-1' }), ['queued', 'processing', 'ready'])
    const ofAnotherDatabase = { 'Last-Event-ID': '9999999999999999999-1' }
    await hears(await listen(id, ada, ofAnotherDatabase), ['queued', 'processing', 'ready'])
  })

  it('are told after a restore too, though the other database had counted further', async () => {
    const id = await uploaded()
    await happens(id, 'processing')
    await medias.rows(`UPDATE event SET xid = '9000000000' WHERE media_id = :id RETURNING id`, { id })
    await runHousekeeping(medias.context)
    await happens(id, 'ready')
    const listener = await listen(id)
    await hears(listener, ['queued', 'processing', 'ready'])
    await hears(await listen(id, ada, { 'Last-Event-ID': String(listener.told[1]?.id) }), ['ready'])
  })

  it('wait for what an open transaction may still put before them', async () => {
    const id = await uploaded()
    const versionId = await versionOf(id)
    const listener = await listen(id)
    await hears(listener, ['queued'])
    await medias.context.mediasdb.transaction(async (unit) => {
      await unit.Event.create({ mediaId: id, versionId, type: 'processing' })
      await happens(id, 'ready')
      await (await listen(await uploaded())).leave()
      expect(listener.told.map(({ event }) => event)).toEqual(['queued'])
    }, HELD)
    await hears(listener, ['queued', 'processing', 'ready'])
  })

  it('tell why a job ended badly', async () => {
    const id = await uploaded()
    const job = { contract: 1, kind: 'render', mediaId: id, versionId: await versionOf(id) } as const
    const dead = { id: job.versionId, job, payload: job, routingKey: 'interactive', attempts: [] } as const
    const listener = await listen(id)
    await storeDeadJob(medias.context, { ...dead, attempts: [], code: 'corrupt-image', reason: 'It ends too soon' })
    await hears(listener, ['queued', 'failed'])
    expect(listener.told[1]?.data).toMatchObject({ code: 'corrupt-image' })
  })

  it('say nothing of the machines to whom the media is only public', async () => {
    const id = await uploaded({ visibility: 'public' })
    await happens(id, 'processing', { worker: 'machine:1', attempt: 1 })
    await happens(id, 'queued', { worker: 'machine:1', error: 'The store is away', retryInMs: 5_000 })
    await happens(id, 'failed', { code: 'corrupt-image', attempts: [{ worker: 'machine:1' }] })
    const anonymous = await listen(id, medias.nobody)
    await hears(anonymous, ['queued', 'processing', 'queued', 'failed'])
    expect(JSON.stringify(anonymous.told)).not.toMatch(/machine|away/)
    expect(anonymous.told[3]?.data).toMatchObject({ code: 'corrupt-image' })
    const owner = await listen(id)
    await hears(owner, ['queued', 'processing', 'queued', 'failed'])
    expect(owner.told[1]?.data).toMatchObject({ worker: 'machine:1' })
  })

  it('end when the token does, and when the media goes', async () => {
    const id = await uploaded({ visibility: 'public' })
    const token = medias.tokens.userToken({ sub: ada.id, permissions: ['media:read:own'], expiresIn: 3 })
    const brief = await listen(id, { ...ada, fetch: (path, init) => fetchAs(token, path, init) })
    const anonymous = await listen(id, medias.nobody)
    const lasting = await listen(id)
    await eventually(() => expect(brief.isOver()).toBe(true), { limitMs: 15_000 })
    expect([anonymous.isOver(), lasting.isOver()]).toEqual([false, false])

    await ada.send('PATCH', `/media/${id}`, { visibility: 'private' })
    await happens(id, 'processing')
    await eventually(() => expect(anonymous.isOver()).toBe(true), { limitMs: 15_000 })
    expect(anonymous.told.map(({ event }) => event)).toEqual(['queued'])
    await happens(id, 'ready')
    await eventually(() => expect(lasting.told.map(({ event }) => event)).toContain('ready'), { limitMs: 15_000 })
    await finishVersion(medias, id)
    await ada.send('DELETE', `/media/${id}?permanent=true`)
    await eventually(() => expect(lasting.isOver()).toBe(true), { limitMs: 20_000 })
  }, 40_000)

  it('are hidden from whoever may not read the media', async () => {
    const id = await uploaded()
    expect((await medias.somebody().get(`/media/${id}/events`)).status).toBe(404)
    expect((await medias.nobody.get(`/media/${id}/events`)).status).toBe(401)
    const { status, headers } = await ada.fetch(`/media/${id}/events`, { method: 'HEAD' })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  })

  const fetchAs = (token: string, path: string, init: RequestInit = {}) =>
    fetch(`${medias.url}/api/v1${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })
})

async function readAll(response: Response, told: Told[]): Promise<void> {
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
      const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')]
      if (id && event && data) told.push({ id, event, data: JSON.parse(data) })
    }
  }
}
