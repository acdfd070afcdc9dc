import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { eventually, type Json, type ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { drawPicture, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'

let folder: string
let file: string
let medias: MediasUnderTest
let background: BackgroundTask
let worker: ServiceProcess
let operator: Client
let ada: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-steered-'))
  file = join(folder, 'presets.json')
  await write([{ name: 'thumb', fit: 'width', width: 10 }])
  medias = await startMedias({ variables: { PRESETS_FILE: file } })
  background = startBackground(medias.context)
  worker = await startWorker(medias)
  operator = medias.somebody('jobs:*')
  ada = medias.somebody()
})
afterAll(async () => {
  await worker?.stop()
  await background?.stop()
  await medias?.stop()
  await rm(folder, { recursive: true })
})

const write = (presets: unknown) => writeFile(file, JSON.stringify(presets))
const upload = async (): Promise<Json> => (await ada.upload({ bytes: await drawPicture() })).body
const stats = async (): Promise<Json> => (await operator.get('/jobs/stats')).body
const soon = <T>(attempt: () => Promise<T>) => eventually(attempt, { limitMs: 60_000 })
const presetsOf = ({ currentVersion }: Json) => [...new Set(currentVersion.sizes.map(({ preset }: Json) => preset))]

describe('When an operator changes the settings of a running worker', () => {
  it('then the worker is listed, with the number of its jobs', async () => {
    await rendered(ada, (await upload()).id)
    await soon(async () =>
      expect((await stats()).workers).toEqual([
        {
          name: expect.stringMatching(/:\d+:[0-9a-f]{4}$/),
          slots: 1,
          busy: 0,
          paused: false,
          memoryBytes: expect.any(Number),
          done: 1,
          failed: 0,
          startedAt: expect.any(String),
          seenAt: expect.any(String),
        },
      ]),
    )
  })

  it('then it takes no jobs while the fleet is paused, and takes the waiting jobs when it is resumed', async () => {
    await operator.send('POST', '/jobs/pause')
    await soon(async () => expect((await stats()).workers).toMatchObject([{ paused: true }]))
    const media = await upload()
    await soon(async () => expect((await stats()).queues[0]).toMatchObject({ waiting: 1, retrying: 0 }))
    expect((await stats()).versions).toEqual({ queued: 1, processing: 0 })
    expect((await ada.get(`/media/${media.id}`)).body.currentVersion.status).toBe('queued')

    await operator.send('POST', '/jobs/resume')
    expect((await rendered(ada, media.id)).status).toBe('ready')
    expect((await stats()).queues[0]).toMatchObject({ waiting: 0, oldestSeconds: null })
  })

  it('then it has the number of slots that is set, or its own number if none is set', async () => {
    await operator.send('PUT', '/jobs/concurrency', { slots: 3 })
    await soon(async () => expect((await stats()).workers).toMatchObject([{ slots: 3 }]))
    await operator.send('PUT', '/jobs/concurrency', { slots: null })
    await soon(async () => expect((await stats()).workers).toMatchObject([{ slots: 1 }]))
  })

  it('then it renders with the new presets, and existing sizes stay until they are rendered again', async () => {
    const before = await upload()
    expect(presetsOf(await rendered(ada, before.id))).toEqual(['thumb'])
    await write([
      { name: 'thumb', fit: 'width', width: 9 },
      { name: 'dot', fit: 'cover', width: 2, height: 2, formats: ['png'] },
    ])
    await soon(async () => expect((await ada.get('/presets')).body.data).toHaveLength(2))
    // The worker may read the new presets a moment later than the service.
    await soon(async () => {
      const { currentVersion } = await rendered(ada, (await upload()).id)
      const sizes = currentVersion.sizes.map(({ preset, format, width, stale }: Json) => [preset, format, width, stale])
      expect(sizes).toEqual([
        ['dot', 'png', 2, false],
        ['thumb', 'avif', 9, false],
        ['thumb', 'jpeg', 9, false],
      ])
    })
    const { body } = await ada.get(`/media/${before.id}`)
    expect(body.currentVersion.sizes).toMatchObject([
      { preset: 'thumb', width: 10, stale: true },
      { preset: 'thumb', width: 10, stale: true },
    ])
    expect((await ada.fetch(`/media/${before.id}/sizes/thumb`)).status).toBe(200)
  })
})
