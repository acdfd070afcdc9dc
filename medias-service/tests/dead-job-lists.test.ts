import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RenderJob } from '@likeness/media-jobs'
import type { Json } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { insertDeadJob } from './stored-dead-jobs.ts'

let medias: MediasUnderTest
let operator: Client
/** The ids of the dead jobs, the newest first. */
let ids: string[]

const jobs: RenderJob[] = Array.from({ length: 4 }, () => ({
  contract: 1,
  kind: 'render',
  mediaId: uuidv7(),
  versionId: uuidv7(),
}))
const [first, second, third, fourth] = jobs as [RenderJob, RenderJob, RenderJob, RenderJob]
const attempt = {
  worker: 'worker-1:7',
  startedAt: '2026-01-31T11:59:58.000Z',
  endedAt: '2026-01-31T12:00:00.000Z',
  error: 'Cut short',
}
const notAJob = {
  code: 'invalid-job',
  reason: 'Not a job',
  isJob: false,
  payload: { text: '?', bytes: 12_000_000, sha256: 'a'.repeat(64) },
}

beforeAll(async () => {
  medias = await startMedias()
  operator = medias.somebody('jobs:read', 'jobs:write')
  const at = (minute: number) => `2026-01-31T12:0${minute}:00.000Z`
  ids = [
    await insertDeadJob(medias, null, { ...notAJob, failedAt: at(5) }),
    await insertDeadJob(medias, fourth, { code: 'retries-exhausted', routingKey: 'bulk', failedAt: at(4) }),
    // These died at the same moment, so they are sorted by their ids.
    ...[
      await insertDeadJob(medias, second, { failedAt: at(2) }),
      await insertDeadJob(medias, third, { failedAt: at(2) }),
    ]
      .toSorted()
      .toReversed(),
    await insertDeadJob(medias, first, { attempts: [attempt], failedAt: at(1) }),
  ]
})
afterAll(() => medias?.stop())

const idsOf = ({ data }: Json) => data.map(({ id }: Json) => id)
const listed = async (query = '') => {
  const { status, body } = await operator.get(`/jobs/dead${query}`)
  expect(status).toBe(200)
  return idsOf(body)
}

describe('When an operator reads dead jobs', () => {
  it('then each job has all its fields', async () => {
    const { body } = await operator.get(`/jobs/dead/${ids[4]}`)
    expect(body).toEqual({
      id: ids[4],
      queue: 'interactive',
      mediaId: first.mediaId,
      versionId: first.versionId,
      code: 'corrupt-image',
      reason: 'Cut short',
      attempts: [attempt],
      payload: first,
      failedAt: '2026-01-31T12:01:00.000Z',
    })
    expect((await operator.get('/jobs/dead')).body.data[4]).toEqual({ ...body, payload: null })
    expect((await operator.get(`/jobs/dead/${ids[0]}`)).body).toMatchObject({
      mediaId: null,
      versionId: null,
      payload: notAJob.payload,
    })
  })

  it('then the newest come first, in pages, and are counted on request', async () => {
    expect(await listed()).toEqual(ids)
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const { body, headers } = await operator.get(`/jobs/dead?limit=2&count=true${next && `&after=${next}`}`)
      seen.push(...idsOf(body))
      expect(body.page).toMatchObject({ limit: 2, total: 5 })
      expect(headers.get('link')).toEqual(body.page.next && expect.stringMatching('rel="next"'))
      next = body.page.next
    }
    expect(seen).toEqual(ids)
    expect(await listed('?sort=failedAt')).toEqual(ids.toReversed())
  })

  it('then they can be filtered by code, time, media and preset', async () => {
    expect(await listed('?code=corrupt-image')).toEqual(ids.slice(2))
    expect(await listed('?code=none')).toEqual([])
    expect(await listed('?failedAfter=2026-01-31T12:02:00Z')).toEqual(ids.slice(0, 2))
    expect(await listed('?failedBefore=2026-01-31T13:02:00%2B01:00')).toEqual(ids.slice(4))
    expect(await listed('?failedAfter=2026-01-31T12:01:00Z&failedBefore=2026-01-31T12:05:00Z')).toEqual(ids.slice(1, 4))
    expect(await listed(`?mediaId=${fourth.mediaId}`)).toEqual([ids[1]])
    // A job renders every preset. A message that is not a valid job renders none.
    expect(await listed('?preset=thumb')).toEqual(ids.slice(1))
    expect(await listed('?preset=huge')).toEqual([])
    const { body } = await operator.get('/jobs/dead?code=corrupt-image&preset=thumb&limit=1&count=true')
    expect(body.page.total).toBe(3)
    expect((await operator.get('/jobs/dead?preset=huge&count=true')).body.page.total).toBe(0)
  })

  it('then a job of a regeneration matches only the presets of the regeneration', async () => {
    const regenerationId = uuidv7()
    await medias.rows(
      `INSERT INTO regeneration (id, what, filter, status, finished_at)
       VALUES (:regenerationId, 'all', '{"presets": ["small"]}', 'done', now())`,
      { regenerationId },
    )
    const setRegeneration = `UPDATE dead_job SET payload = payload || jsonb_build_object('regenerationId', CAST(:by AS text)) WHERE id = :id`
    await medias.rows(setRegeneration, { by: regenerationId, id: ids[1] })
    expect(await listed('?preset=thumb')).toEqual(ids.slice(2))
    expect(await listed('?preset=small')).toEqual(ids.slice(1))
    await medias.rows(`UPDATE dead_job SET payload = payload - 'regenerationId' WHERE id = :id`, { id: ids[1] })
    expect(await listed('?preset=thumb')).toEqual(ids.slice(1))
  })

  it.each([
    'failedAfter=yesterday',
    'failedBefore=0000-01-01T00:00:00Z',
    'mediaId=1',
    'limit=0',
    'sort=code',
    'after=x',
    'code=%00',
  ])('then %s is rejected with the name of the parameter', async (query) => {
    const { code, errors } = (await operator.get(`/jobs/dead?${query}`)).body
    expect([code, errors[0].path]).toEqual(['invalid-request', `query.${query.split('=')[0]}`])
  })

  it('then an unknown id is 404', async () => {
    for (const id of [uuidv7(), 'x', '1']) expect((await operator.get(`/jobs/dead/${id}`)).status).toBe(404)
  })

  it('then a caller without jobs:read is rejected, and jobs:read alone allows no change', async () => {
    expect((await medias.nobody.get('/jobs/dead')).status).toBe(401)
    for (const permissions of [['media:*'], ['jobs:read:own', 'jobs:write:own']]) {
      const other = medias.somebody(...permissions)
      expect((await other.get('/jobs/dead')).status).toBe(403)
      expect((await other.get(`/jobs/dead/${ids[0]}`)).status).toBe(403)
      expect((await other.send('POST', '/jobs/dead/requeue', { filter: {} })).status).toBe(403)
    }
    const reader = medias.somebody('jobs:read')
    expect((await reader.get('/jobs/dead')).status).toBe(200)
    expect((await reader.send('POST', `/jobs/dead/${ids[0]}/requeue`)).status).toBe(403)
    expect((await reader.send('DELETE', `/jobs/dead/${ids[0]}`)).status).toBe(403)
  })
})

describe('When a dead job is discarded', () => {
  it('then it is deleted, unless If-Match does not match', async () => {
    const id = await insertDeadJob(medias, first)
    const { headers } = await operator.get(`/jobs/dead/${id}`)
    const discard = (etag: string) => operator.send('DELETE', `/jobs/dead/${id}`, undefined, { 'if-match': etag })
    expect((await discard('"another"')).status).toBe(412)
    expect((await discard(String(headers.get('etag')))).status).toBe(204)
    expect((await discard('*')).status).toBe(404)
    expect((await operator.get(`/jobs/dead/${id}`)).status).toBe(404)
  })
})
