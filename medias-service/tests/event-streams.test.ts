import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { problems } from '@likeness/service-kit/process'
import { eventually } from '@likeness/test-kit'

import { listenTo, receives, type EventListener } from './event-listener.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

const listeners: EventListener[] = []
const closeAll = () => listeners.splice(0).forEach((listener) => listener.disconnect())

let medias: MediasUnderTest
let ada: Client
let media: string

async function start(variables: Record<string, string>): Promise<void> {
  medias = await startMedias({ variables })
  ada = medias.somebody()
  media = await uploaded(ada)
}

const uploaded = async (owner: Client): Promise<string> =>
  (await owner.upload({ bytes: await drawPicture() }, { visibility: 'public' })).body.id

interface From {
  address?: string
  lastEventId?: string | undefined
  mediaId?: string
}

async function open(client: Pick<Client, 'token'>, { address, lastEventId, mediaId = media }: From = {}) {
  const listener = await listenTo(medias.url, mediaId, {
    token: client.token,
    headers: {
      ...(address ? { 'X-Forwarded-For': address } : {}),
      ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}),
    },
  })
  listeners.push(listener)
  return listener
}

/** Opens this many streams. */
async function openMany(client: Pick<Client, 'token'>, count: number, from?: From): Promise<EventListener[]> {
  const opened = await Promise.all(Array.from({ length: count }, () => open(client, from)))
  expect(opened.map(({ status }) => status)).toEqual(opened.map(() => 200))
  return opened
}

const addEvents = (mediaId: string, type: string, { count = 1, data = {} } = {}) =>
  medias.rows(
    `INSERT INTO event (media_id, version_id, type, data)
     SELECT :mediaId, v.id, :type, CAST(:data AS jsonb) || jsonb_build_object('number', n)
     FROM media_version v, generate_series(1, :count::integer) n WHERE v.media_id = :mediaId ORDER BY n`,
    { mediaId, type, count, data: JSON.stringify(data) },
  )

const metric = async (name: string): Promise<number> => {
  // Not through `/metrics`, whose responses can be a second old.
  const text = await medias.context.metrics.metrics()
  return [...text.matchAll(new RegExp(`^${name}\\{.*\\} (.+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )
}

describe('When a client has as many event streams as allowed', () => {
  beforeAll(() =>
    start({
      MAX_EVENT_STREAMS: '8',
      MAX_EVENT_STREAMS_PER_CALLER: '3',
      MAX_EVENT_STREAMS_PER_ADDRESS: '5',
      MAX_ANONYMOUS_EVENT_STREAMS_PER_ADDRESS: '2',
    }),
  )
  afterEach(async () => {
    closeAll()
    await eventually(async () => expect(await metric('likeness_event_streams')).toBe(0), { limitMs: 60_000 })
  })
  afterAll(() => medias.stop())

  const expectTooMany = ({ status, headers, body }: EventListener, limit: number) => {
    expect([status, headers['content-type'], headers['retry-after']]).toEqual([429, 'application/problem+json', '10'])
    expect(body).toMatchObject({ code: 'too-many-streams', detail: expect.stringContaining(`${limit} open event`) })
  }

  it('then a user gets 429, whatever the address, until one of the streams is closed', async () => {
    const [first] = await openMany(ada, 2, { address: '192.0.2.1' })
    await openMany(ada, 1, { address: '192.0.2.2' })
    expectTooMany(await open(ada, { address: '192.0.2.3' }), 3)
    expect((await open(medias.somebody())).status).toBe(200)

    first?.disconnect()
    await eventually(async () => expect((await open(ada)).status).toBe(200), { limitMs: 60_000 })
  })

  it('then an address gets 429, with a lower limit for streams without a token', async () => {
    const address = '192.0.2.1'
    await openMany(medias.nobody, 2, { address })
    expectTooMany(await open(medias.nobody, { address }), 2)
    await openMany(ada, 3, { address })
    expectTooMany(await open(medias.somebody(), { address }), 5)
    await openMany(medias.nobody, 1, { address: '192.0.2.2' })
  })

  it('then all IPv6 addresses of a /64 get 429 together', async () => {
    await openMany(medias.nobody, 1, { address: '2001:db8:0:7::1' })
    await openMany(medias.nobody, 1, { address: '2001:db8:0:7:ffff::2' })
    expectTooMany(await open(medias.nobody, { address: '2001:db8:0:7::3' }), 2)
    await openMany(medias.nobody, 1, { address: '2001:db8:0:8::3' })
  })

  it('then everybody gets 503 if the process has as many streams as it can have', async () => {
    for (let host = 1; host <= 4; host++) await openMany(medias.nobody, 2, { address: `192.0.2.${host}` })
    const { status, headers, body } = await open(ada, { address: '198.51.100.1' })
    expect([status, headers['retry-after'], body.code]).toEqual([503, '10', 'events-unavailable'])
  })

  it('then requests that open no stream take no slot', async () => {
    const hidden = (await ada.upload({ bytes: await drawPicture() })).body.id
    const stranger = medias.somebody()
    for (let count = 0; count < 6; count++) {
      expect((await open(stranger, { mediaId: hidden })).status).toBe(404)
      expect((await open(medias.nobody, { mediaId: hidden })).status).toBe(401)
      expect((await stranger.fetch(`/media/${media}/events`, { method: 'HEAD' })).status).toBe(200)
    }
    await openMany(stranger, 3)
  })

  it('then the streams of a media that becomes private are free again', async () => {
    const [stream] = await openMany(medias.nobody, 2)
    await ada.send('PATCH', `/media/${media}`, { visibility: 'private' })
    await eventually(() => expect(stream?.isOver()).toBe(true), { limitMs: 60_000 })
    await ada.send('PATCH', `/media/${media}`, { visibility: 'public' })
    await eventually(() => openMany(medias.nobody, 2), { limitMs: 60_000 })
  })
})

describe('Many event streams', () => {
  beforeAll(() => start({ MAX_EVENT_STREAMS_PER_CALLER: '2000', MAX_ANONYMOUS_EVENT_STREAMS_PER_ADDRESS: '2000' }))
  afterEach(closeAll)
  afterAll(() => medias.stop())

  /** The number of transactions that this database has ended. Every statement of a stream is one transaction. */
  const statements = async () => {
    const [row] = await medias.rows(
      'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
    )
    return Number(row?.['count'])
  }

  it('all receive every event, and share the statements that read them', async () => {
    const others = [media, await uploaded(ada), await uploaded(ada)]
    const streams: EventListener[] = []
    for (let opened = 0; opened < 1_000; opened += 100) {
      const mediaId = String(others[(opened / 100) % 3])
      streams.push(...(await openMany(opened % 200 === 0 ? ada : medias.nobody, 100, { mediaId })))
    }
    await eventually(() => expect(streams.every(({ received }) => received.length === 1)).toBe(true), {
      limitMs: 60_000,
    })

    const before = await statements()
    for (const [round, type] of ['processing', 'size-ready', 'size-ready', 'ready'].entries()) {
      for (const mediaId of others) await addEvents(mediaId, type)
      await eventually(() => expect(streams.filter(({ received }) => received.length < round + 2).length).toBe(0), {
        limitMs: 60_000,
      })
    }
    for (const { received } of streams) {
      expect(received.map(({ event }) => event)).toEqual(['queued', 'processing', 'size-ready', 'size-ready', 'ready'])
    }
    // One statement for each stream and event would be 4,000.
    expect((await statements()) - before).toBeLessThan(400)
  })

  it('end when their token is revoked, and no others', async () => {
    const bob = medias.somebody()
    const [ofAda, ofBob] = [await openMany(ada, 3), await openMany(bob, 3)]
    const revoked = ({ sub }: { sub: string }) => (sub === ada.id ? problems.tokenStale() : undefined)
    const { refusal } = medias.tokens.revocations
    Object.assign(medias.tokens.revocations, { refusal: revoked })
    try {
      await eventually(() => expect(ofAda.every((stream) => stream.isOver())).toBe(true), { limitMs: 60_000 })
      await addEvents(media, 'processing')
      for (const stream of ofBob) {
        await eventually(() => expect(stream.received.at(-1)?.event).toBe('processing'), { limitMs: 60_000 })
      }
    } finally {
      Object.assign(medias.tokens.revocations, { refusal })
    }
  })

  it('each continue after their own last event, and none receives an event twice', async () => {
    const mediaId = await uploaded(ada)
    await addEvents(mediaId, 'size-ready', { count: 250 })
    const whole = await open(ada, { mediaId })
    await eventually(() => expect(whole.received.length).toBe(251), { limitMs: 60_000 })
    const numbers = ({ received }: EventListener) => received.map(({ data }) => data['number'])

    const late = await Promise.all(
      [0, 1, 99, 100, 101, 180, 250].map(async (seen) => {
        const { id: lastEventId } = whole.received[seen] ?? {}
        return { seen, stream: await open(medias.nobody, { mediaId, lastEventId }) }
      }),
    )
    await addEvents(mediaId, 'ready', { data: { last: true } })
    for (const { seen, stream } of late) {
      await eventually(() => expect(stream.received.at(-1)?.event).toBe('ready'), { limitMs: 60_000 })
      const rest = Array.from({ length: 250 - seen }, (_, index) => seen + index + 1)
      expect(numbers(stream)).toEqual([...rest, 1])
    }
  })

  it('are buffered only a little for a client that stops reading, which is disconnected and can continue', async () => {
    const mediaId = await uploaded(ada)
    const slow = await open(ada, { mediaId })
    const fast = await open(ada, { mediaId })
    await Promise.all([receives(slow, ['queued']), receives(fast, ['queued'])])
    slow.stopReading()
    // More than the operating system buffers for a connection.
    for (let batch = 0; batch < 20; batch++) {
      await addEvents(mediaId, 'size-ready', { count: 500, data: { padding: 'x'.repeat(2_000) } })
    }
    let buffered = 0
    await eventually(
      async () => {
        buffered = Math.max(buffered, await metric('likeness_event_streams_buffered_bytes'))
        expect(fast.received.length).toBe(10_001)
      },
      { limitMs: 60_000 },
    )
    expect(buffered).toBeLessThan(1_000_000)
    expect(await metric('likeness_event_streams')).toBe(2)
    await eventually(async () => expect(await metric('likeness_event_streams')).toBe(1), {
      limitMs: 60_000,
      everyMs: 500,
    })

    slow.readAgain()
    await eventually(() => expect(slow.isOver()).toBe(true), { limitMs: 60_000 })
    const again = await open(ada, { mediaId, lastEventId: slow.received.at(-1)?.id })
    const ids = fast.received.map(({ id }) => id)
    await eventually(() => expect([...slow.received, ...again.received].map(({ id }) => id)).toEqual(ids), {
      limitMs: 60_000,
    })
    expect(slow.received.length).toBeLessThan(10_001)
  })
})
