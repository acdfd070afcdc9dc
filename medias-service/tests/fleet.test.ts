import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { followFleet, type Fleet, type FleetFollower } from '@likeness/mediasdb'
import { createListener, type Listener } from '@likeness/postgres'
import { eventually, type Json } from '@likeness/test-kit'

import { startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'

let medias: MediasUnderTest
let operator: Client

beforeAll(async () => {
  medias = await startMedias()
  operator = medias.somebody('jobs:read', 'jobs:write')
})
afterAll(() => medias?.stop())

const pause = () => operator.send('POST', '/jobs/pause')
const resume = () => operator.send('POST', '/jobs/resume')
const limit = (slots: unknown, headers: Record<string, string> = {}) =>
  operator.send('PUT', '/jobs/concurrency', { slots }, headers)
const stats = async (): Promise<Json> => (await operator.get('/jobs/stats')).body
const updatedAt = async () => (await medias.rows('SELECT updated_at FROM fleet'))[0]?.['updated_at']

describe('When an operator changes the fleet settings', () => {
  const followed: Fleet[] = []
  let listener: Listener
  let follower: FleetFollower

  beforeAll(async () => {
    const { logger, environment, mediasdb } = medias.context
    listener = createListener(environment.MEDIASDB_URL, 'fleet', logger)
    follower = followFleet(mediasdb, { listener, onChange: (fleet) => followed.push(fleet), onError: () => undefined })
    await follower.known
  })
  afterAll(async () => {
    await follower?.stop()
    await listener?.stop()
  })

  it('then every follower of the fleet settings is notified', async () => {
    expect(await pause()).toMatchObject({ status: 200, body: { paused: true } })
    await eventually(async () => expect(followed.at(-1)).toMatchObject({ paused: true, slots: null }), {
      limitMs: 1_500,
    })
    expect(await limit(3)).toMatchObject({ status: 200, body: { slots: 3 } })
    await eventually(async () => expect(followed.at(-1)).toMatchObject({ paused: true, slots: 3 }), { limitMs: 1_500 })
    expect(await stats()).toMatchObject({ paused: true, slots: 3 })
    expect(await resume()).toMatchObject({ status: 200, body: { paused: false } })
    expect(await limit(null)).toMatchObject({ status: 200, body: { slots: null } })
    await eventually(async () => expect(followed.at(-1)).toMatchObject({ paused: false, slots: null }), {
      limitMs: 1_500,
    })
  })

  it('then the same values again change nothing and notify nobody', async () => {
    await pause()
    await limit(64)
    const before = await updatedAt()
    expect((await pause()).body).toEqual({ paused: true })
    expect((await limit(64)).body).toEqual({ slots: 64 })
    expect(await updatedAt()).toEqual(before)
    await resume()
    await limit(null)
  })

  it.each([0, 65, 1.5, '4', true, undefined, [2]])('then %p slots are rejected', async (slots) => {
    expect(await limit(slots)).toMatchObject({ status: 422, body: { code: 'invalid-request' } })
    expect((await stats()).slots).toBeNull()
  })

  it('then an unknown field is rejected', async () => {
    expect((await operator.send('PUT', '/jobs/concurrency', { slots: 1, prefetch: 2 })).status).toBe(422)
  })

  it('then a body for a route without a body is rejected, and nothing is paused', async () => {
    const pauseWith = async (body: string, type = 'application/json') =>
      (await operator.fetch('/jobs/pause', { method: 'POST', body, headers: { 'content-type': type } })).status
    expect(await pauseWith('{"x":')).toBe(400)
    expect(await pauseWith('{"until": "tomorrow"}')).toBe(422)
    expect(await pauseWith('[]')).toBe(422)
    expect(await pauseWith('until=tomorrow', 'application/x-www-form-urlencoded')).toBe(415)
    expect((await stats()).paused).toBe(false)
    expect(await pauseWith('{}')).toBe(200)
    await resume()
  })

  it('then If-Match is checked', async () => {
    const { headers } = await limit(5)
    expect((await limit(6, { 'if-match': '"another"' })).status).toBe(412)
    expect((await limit(6, { 'if-match': String(headers.get('etag')) })).status).toBe(200)
    expect((await limit(7, { 'if-match': String(headers.get('etag')) })).status).toBe(412)
    expect((await stats()).slots).toBe(6)
    await limit(null)
  })

  it('then a caller without the permission is rejected', async () => {
    for (const other of [medias.somebody('jobs:read'), medias.somebody('jobs:*:own'), medias.somebody('media:*')]) {
      expect((await other.send('POST', '/jobs/pause')).status).toBe(403)
      expect((await other.send('POST', '/jobs/resume')).status).toBe(403)
      expect((await other.send('PUT', '/jobs/concurrency', { slots: 1 })).status).toBe(403)
    }
    expect((await medias.somebody('jobs:write').get('/jobs/stats')).status).toBe(403)
    expect((await medias.nobody.get('/jobs/stats')).status).toBe(401)
  })
})
