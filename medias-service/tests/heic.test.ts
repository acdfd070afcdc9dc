import { readFile } from 'node:fs/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import type { ServiceProcess } from '@likeness/test-kit'

import { startBackground } from '../src/background.ts'
import { startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'

let medias: MediasUnderTest
let background: BackgroundTask
let worker: ServiceProcess
let ada: Client
let photo: Buffer

beforeAll(async () => {
  medias = await startMedias()
  background = startBackground(medias.context)
  worker = await startWorker(medias)
  ada = medias.somebody()
  photo = await readFile(new URL('../../media-worker/tests/fixtures/photo.heic', import.meta.url))
})
afterAll(async () => {
  await worker?.stop()
  await background?.stop()
  await medias?.stop()
})

describe('When a HEIC from a phone is uploaded', () => {
  it('then every size is rendered, and the original has the uploaded bytes', async () => {
    const { status, body: media } = await ada.upload({ bytes: photo, name: 'IMG_0001.HEIC', type: '' })
    expect([status, media.mimeType, media.kind]).toEqual([201, 'image/heic', 'image'])
    const { currentVersion } = await rendered(ada, media.id)
    expect(currentVersion).toMatchObject({ status: 'ready', format: 'heic', width: 320, height: 480, error: null })
    expect(currentVersion.sizes).toHaveLength(10)
    const original = await ada.fetch(`/media/${media.id}/file`)
    expect(original.headers.get('content-type')).toBe('image/heic')
    expect(Buffer.from(await original.arrayBuffer())).toEqual(photo)
  })

  it('then a truncated file fails permanently with the code corrupt-image', async () => {
    const { body: media } = await ada.upload({ bytes: photo.subarray(0, 9_000), name: 'IMG_0002.HEIC', type: '' })
    const { currentVersion } = await rendered(ada, media.id)
    expect(currentVersion).toMatchObject({ status: 'failed', error: { code: 'corrupt-image' } })
  })
})
