import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BackgroundTask } from '@likeness/service-kit/process'
import { makeCameraPicture, truncatePicture, type Answer, type Json, type ServiceProcess } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { startBackground } from '../src/background.ts'
import { drawPicture, formOf, startMedias, type Client, type MediasUnderTest } from './medias-under-test.ts'
import { rendered, startWorker } from './real-worker.ts'

let medias: MediasUnderTest
let background: BackgroundTask
let worker: ServiceProcess
let ada: Client

beforeAll(async () => {
  medias = await startMedias({ variables: { ATTACHMENT_TYPES: 'application/pdf,application/zip' } })
  background = startBackground(medias.context)
  worker = await startWorker(medias)
  ada = medias.somebody()
})
afterAll(async () => {
  await worker?.stop()
  await background?.stop()
  await medias?.stop()
})

const problem = ({ status, body }: Answer) => [status, body.code]
const add = (id: string, bytes: Buffer, { client = ada, name = 'next.png', headers = {}, fields = {} } = {}) =>
  client.send('POST', `/media/${id}/versions`, formOf({ bytes, name }, fields), headers)
const upload = async (bytes?: Buffer): Promise<Json> =>
  (await ada.upload({ bytes: bytes ?? (await drawPicture()) })).body
const pdf = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n')
const zip = Buffer.from('504b0304140000000000', 'hex')

describe('When a media gets a new version', () => {
  it('then the previous version stays current until the new one is ready', async () => {
    const first = await rendered(ada, (await upload()).id)
    expect(first).toMatchObject({ status: 'ready', mimeType: 'image/png', currentVersion: { number: 1, width: 12 } })
    const picture = await makeCameraPicture({ width: 60, height: 80, orientation: 6 })

    const answer = await add(first.id, picture.bytes, { name: 'camera.jpg' })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/api/v1/media/${first.id}/versions/2`)
    expect(answer.body).toMatchObject({
      number: 2,
      status: expect.stringMatching(/^(queued|processing)$/),
      format: 'jpeg',
      sizes: [],
      derivedFrom: null,
    })

    const second = await rendered(ada, first.id)
    expect(second).toMatchObject({
      status: 'ready',
      mimeType: 'image/jpeg',
      currentVersion: { number: 2, width: 60, height: 80, format: 'jpeg', animated: false },
    })
    expect((await ada.get('/media?type=image/jpeg')).body.data.map(({ id }: Json) => id)).toEqual([first.id])
    expect((await ada.get('/media?type=image/png')).body.data).toEqual([])

    const { body } = await ada.get(`/media/${first.id}/versions`)
    expect(body.data.map(({ number, status }: Json) => [number, status])).toEqual([
      [2, 'ready'],
      [1, 'ready'],
    ])
    const old = await ada.get(`/media/${first.id}/versions/1`)
    expect(old.body).toEqual(first.currentVersion)
    const file = await ada.fetch(`/media/${first.id}/file?version=1`)
    expect(file.headers.get('content-type')).toBe('image/png')
    expect(file.headers.get('cache-control')).toMatch('immutable')
    const size = await ada.fetch(`/media/${first.id}/sizes/thumb.jpeg?v=1`)
    expect((await size.arrayBuffer()).byteLength).toBe(
      old.body.sizes.find((one: Json) => one.preset === 'thumb' && one.format === 'jpeg').bytes,
    )
  })

  it('then a corrupt version fails with its code, and the media does not change', async () => {
    const media = await rendered(ada, (await upload()).id)
    const broken = truncatePicture(await makeCameraPicture({ width: 200, height: 150 }))
    await add(media.id, broken.bytes)
    const after = await rendered(ada, media.id)
    expect(after).toMatchObject({ status: 'ready', currentVersion: { number: 1, status: 'ready' } })
    const { body } = await ada.get(`/media/${media.id}/versions/2`)
    expect(body).toMatchObject({ status: 'failed', error: { code: 'corrupt-image', message: expect.any(String) } })
  })

  it('then a valid version makes a failed media ready', async () => {
    const { bytes } = truncatePicture(await makeCameraPicture({ width: 210, height: 150 }))
    const media = await rendered(ada, (await upload(bytes)).id)
    expect(media).toMatchObject({ status: 'failed', currentVersion: { error: { code: 'corrupt-image' } } })
    await add(media.id, await drawPicture())
    expect((await ada.get(`/media/${media.id}`)).body.status).not.toBe('failed')
    expect(await rendered(ada, media.id)).toMatchObject({ status: 'ready', currentVersion: { number: 2, error: null } })
  })

  it('then concurrent uploads get different numbers', async () => {
    const { id } = await upload()
    const pictures = [await drawPicture(), await drawPicture(), await drawPicture()]
    const answers = await Promise.all(pictures.map((bytes) => add(id, bytes)))
    expect(answers.map(({ body }) => body.number).toSorted()).toEqual([2, 3, 4])
  })

  it('then a repeated request with its Idempotency-Key creates no second version', async () => {
    const [{ id }, bytes] = [await upload(), await drawPicture()]
    const headers = { 'idempotency-key': 'version' }
    const answers = [await add(id, bytes, { headers }), await add(id, bytes, { headers })]
    expect(answers.map(({ body }) => body.number)).toEqual([2, 2])
    expect(problem(await add((await upload()).id, bytes, { headers }))).toEqual([422, 'idempotency-key-reused'])
  })

  it('then an invalid request is rejected and leaves no files', async () => {
    const { id } = await upload()
    const bytes = await drawPicture()
    const before = (await medias.stored()).filter((key) => key.startsWith('originals/'))
    expect(problem(await add(id, bytes, { client: medias.somebody() }))).toEqual([404, 'not-found'])
    expect(problem(await add(id, bytes, { client: medias.somebody('media:read') }))).toEqual([403, 'forbidden'])
    expect(problem(await add(uuidv7(), bytes))).toEqual([404, 'not-found'])
    expect(problem(await add(id, bytes, { headers: { 'if-match': '"old"' } }))).toEqual([412, 'precondition-failed'])
    expect(problem(await add(id, bytes, { fields: { title: 'x' } }))).toEqual([422, 'invalid-request'])
    expect(problem(await add(id, Buffer.from('words')))).toEqual([415, 'unsupported-media-type'])
    expect(problem(await add(id, pdf))).toEqual([422, 'other-kind'])
    expect(problem(await ada.send('POST', `/media/${id}/versions`, formOf([])))).toEqual([422, 'invalid-request'])
    const two = formOf([{ bytes }, { bytes: pdf }])
    expect(problem(await ada.send('POST', `/media/${id}/versions`, two))).toEqual([422, 'too-many-files'])
    await ada.send('DELETE', `/media/${id}`)
    expect(problem(await add(id, bytes))).toEqual([409, 'trashed'])
    expect((await medias.stored()).filter((key) => key.startsWith('originals/'))).toEqual(before)
    await medias.incomingIsEmpty()
  })

  it('then a file of another type than the attachment is rejected', async () => {
    const { id } = await upload(pdf)
    const next = await add(id, Buffer.concat([pdf, Buffer.from('2')]))
    expect(next.body).toMatchObject({ number: 2, status: 'ready', format: null })
    expect((await ada.get(`/media/${id}`)).body.currentVersion.number).toBe(2)
    expect(problem(await add(id, zip))).toEqual([422, 'other-kind'])
    expect(problem(await add(id, await drawPicture()))).toEqual([422, 'other-kind'])
  })
})

describe('When versions are read', () => {
  it('then callers who cannot read the media are rejected, and unknown versions are 404', async () => {
    const { id } = await upload()
    expect((await medias.somebody().get(`/media/${id}/versions`)).status).toBe(404)
    expect((await medias.nobody.get(`/media/${id}/versions`)).status).toBe(401)
    for (const number of ['2', '0', '-1', 'x', '99999999999']) {
      expect((await ada.get(`/media/${id}/versions/${number}`)).status).toBe(404)
    }
  })
})
