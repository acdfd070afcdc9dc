import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { createClient } from '../client.ts'
import { mediaEvents, type MediaEvent } from './media-events.ts'
import { MediaFailedError, whenReady } from './when-ready.ts'

const event = (id: number, type: string, data: object = {}) =>
  `id: 7-${id}\nevent: ${type}\ndata: ${JSON.stringify({ mediaId: 'm1', version: 1, ...data })}\n\n`

/** A response that sends these texts, each cut into two chunks, and then ends or stays open. */
function stream(texts: string[], { staysOpen = false, onCancel = () => {} } = {}): Response {
  const encoder = new TextEncoder()
  const chunks = texts.flatMap((text) => [text.slice(0, 9), text.slice(9)])
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      if (!staysOpen) controller.close()
    },
    cancel: onCancel,
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ code, detail: code }, { status, headers })

/** A client whose server returns these responses to streams, and these media, one after the other. */
function createFakeClient(streams: (Response | Error)[], media: object[] = []) {
  const requests: Request[] = []
  let tokens = 0
  const client = createClient({
    baseUrl: 'http://api.test',
    retries: 0,
    auth: { token: () => `token-${(tokens += 1)}` },
    fetch: async (url, init) => {
      const request = new Request(url, init)
      requests.push(request)
      const answer = request.url.endsWith('/events') ? streams.shift() : Response.json(media.shift() ?? {})
      if (answer instanceof Error) throw answer
      return answer ?? problem(404, 'not-found')
    },
  })
  return { client, requests }
}

async function collect(events: AsyncIterable<MediaEvent>, count: number): Promise<MediaEvent[]> {
  const collected: MediaEvent[] = []
  for await (const received of events) {
    collected.push(received)
    if (collected.length === count) break
  }
  return collected
}

beforeEach(() => {
  // The waits between two connections end at once.
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms = 0) => {
    if (ms < 45_000) queueMicrotask(work)
    return 0
  }) as unknown as typeof setTimeout)
})
afterEach(() => {
  jest.restoreAllMocks()
})

describe('When the events of a media are read', () => {
  it('then they arrive one by one, with their types', async () => {
    const { client } = createFakeClient([stream([event(1, 'queued'), event(2, 'size-ready', { preset: 'small' })])])
    const events = await collect(mediaEvents(client, 'm1'), 2)
    expect(events.map(({ id, type }) => `${id} ${type}`)).toEqual(['7-1 queued', '7-2 size-ready'])
    expect(events[1]?.data).toMatchObject({ preset: 'small' })
  })

  it('then an interruption is continued after the last event, with a fresh token', async () => {
    const { client, requests } = createFakeClient([
      stream([event(1, 'queued')]),
      new TypeError('fetch failed'),
      problem(503, 'events-unavailable', { 'retry-after': '2' }),
      stream([event(2, 'ready')]),
    ])
    const events = await collect(mediaEvents(client, 'm1'), 2)
    expect(events.map(({ type }) => type)).toEqual(['queued', 'ready'])
    expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '7-1', '7-1', '7-1'])
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(
      [1, 2, 3, 4].map((number) => `Bearer token-${number}`),
    )
  })

  it('then they end with the problem when the media is no longer readable', async () => {
    const { client } = createFakeClient([stream([event(1, 'queued')]), problem(404, 'not-found')])
    await expect(collect(mediaEvents(client, 'm1'), 9)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('then a first connection that fails is reported, such as a wrong address', async () => {
    const { client } = createFakeClient([new TypeError('fetch failed')])
    await expect(collect(mediaEvents(client, 'm1'), 1)).rejects.toThrow('fetch failed')
  })

  it('then leaving the loop closes the connection', async () => {
    const onCancel = jest.fn()
    const { client } = createFakeClient([stream([event(1, 'queued')], { staysOpen: true, onCancel })])
    await collect(mediaEvents(client, 'm1'), 1)
    expect(onCancel).toHaveBeenCalledTimes(1)
  })

  it('then an aborted signal ends the wait with its reason', async () => {
    const stop = new AbortController()
    const { client } = createFakeClient([stream([event(1, 'queued')], { staysOpen: false })])
    const reading = (async () => {
      for await (const received of mediaEvents(client, 'm1', { signal: stop.signal })) {
        expect(received.type).toBe('queued')
        stop.abort(new Error('The page was closed.'))
      }
    })()
    await expect(reading).rejects.toThrow('The page was closed.')
  })
})

describe('When a client waits until a media is ready', () => {
  const processing = { id: 'm1', status: 'processing' } as const

  it('then it returns the media after the event', async () => {
    const { client, requests } = createFakeClient(
      [stream([event(1, 'ready'), event(2, 'queued'), event(3, 'ready')], { staysOpen: true })],
      [processing, { id: 'm1', status: 'ready' }],
    )
    await expect(whenReady(client, processing)).resolves.toMatchObject({ status: 'ready' })
    expect(requests).toHaveLength(3)
  })

  it('then a media that is ready is read again once', async () => {
    const { client, requests } = createFakeClient([], [{ id: 'm1', status: 'ready', title: 'Sea' }])
    await expect(whenReady(client, { id: 'm1', status: 'ready' })).resolves.toMatchObject({ title: 'Sea' })
    expect(requests).toHaveLength(1)
  })

  it('then a failure is an error with its code', async () => {
    const failed = {
      id: 'm1',
      status: 'failed',
      currentVersion: { error: { code: 'corrupt-image', message: 'The picture is damaged.' } },
    }
    const { client } = createFakeClient([stream([event(1, 'failed')])], [failed])
    const error: unknown = await whenReady(client, processing).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MediaFailedError)
    expect(error).toMatchObject({ code: 'corrupt-image', message: 'The picture is damaged.' })
  })

  it('then only three media of a client are followed by streams, and the others are read', async () => {
    const { client, requests } = createFakeClient(
      Array.from({ length: 5 }, () => stream([], { staysOpen: true })),
      [{ id: 'm1', status: 'ready' }],
    )
    const stop = new AbortController()
    const waits = Array.from({ length: 3 }, () =>
      whenReady(client, processing, { signal: stop.signal }).catch(() => {}),
    )
    await expect(whenReady(client, processing)).resolves.toMatchObject({ status: 'ready' })
    expect(requests.filter(({ url }) => url.endsWith('/events'))).toHaveLength(3)
    stop.abort()
    void waits
  })
})
