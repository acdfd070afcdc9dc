import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  makeCameraPicture,
  makeImpostor,
  makeTransparentPicture,
  registerSomebody,
  send,
  settled,
  startSystem,
  truncatePicture,
  upload,
  type Person,
  type System,
} from '@likeness/test-kit'

describe('When an uploaded file is not a good picture', () => {
  let system: System
  let ada: Person

  beforeAll(async () => {
    system = await startSystem({
      environment: {
        'medias-service': { MAX_FILE_BYTES: '3000000' },
        'media-worker': { RENDER_DRAWING_TIMEOUT_SECONDS: '2' },
      },
    })
    ada = await registerSomebody(system)
  })
  afterAll(() => system?.stop())

  const put = (bytes: Buffer, name: string, type?: string) =>
    upload(system, ada.accessToken, { bytes, name, ...(type ? { type } : {}) })
  /** The names of the files below a folder of the store, unfinished files included. */
  const filesIn = async (folder: string) => {
    const options = { recursive: true, withFileTypes: true } as const
    const entries = await readdir(join(system.storeFolder, folder), options).catch(() => [])
    return entries.filter((entry) => entry.isFile() && entry.name !== 'heartbeat').map(({ name }) => name)
  }

  it.each([
    ['an empty file', Buffer.alloc(0), 'empty.jpg', 422, 'empty-file'],
    ['a text that is named like a JPEG', makeImpostor().bytes, 'invoice.jpg', 415, 'unsupported-media-type'],
    ['text', Buffer.from('hello'), 'hello.png', 415, 'unsupported-media-type'],
    [
      'an HTML page that contains a drawing',
      Buffer.from('<html><svg></svg></html>'),
      'a.svg',
      415,
      'unsupported-media-type',
    ],
    ['a file over the limit', Buffer.alloc(3_000_001, 1), 'large.jpg', 413, 'file-too-large'],
  ])('then %s is rejected, and leaves no file', async (_what, bytes, name, status, code) => {
    const answer = await put(bytes, name, 'image/jpeg')
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    await eventually(async () => expect(await filesIn('incoming')).toEqual([]), { limitMs: 60_000 })
    expect(await filesIn('originals')).toEqual([])
  })

  it('then a picture with too many pixels in its header is rejected', async () => {
    const header = Buffer.alloc(33)
    header.write('\x89PNG\r\n\x1a\n', 0, 'latin1')
    header.writeUInt32BE(13, 8)
    header.write('IHDR', 12, 'latin1')
    header.writeUInt32BE(15_000, 16)
    header.writeUInt32BE(15_000, 20)
    header.set([8, 2, 0, 0, 0], 24)
    const answer = await put(header, 'bomb.png')
    expect([answer.status, answer.body.code]).toEqual([422, 'too-many-pixels'])
  })

  it('then a truncated picture fails with a stable code, and the worker renders the next picture', async () => {
    const cut = await put(truncatePicture(await makeCameraPicture()).bytes, 'cut.jpg')
    const garbage = await put(Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(200, 7)]), 'garbage.gif')
    const good = await put((await makeTransparentPicture()).bytes, 'good.png')
    expect([cut.status, garbage.status, good.status]).toEqual([201, 201, 201])

    const failed = await settled(system, ada.accessToken, cut.body.id)
    // The words of the decoder are in the log of the worker only.
    const error = { code: 'corrupt-image', message: 'The picture is damaged: the file ends too early.' }
    expect(failed).toMatchObject({ status: 'failed', currentVersion: { error, sizes: [] } })
    const dead = system.workers.flatMap(({ log }) => log).filter(({ event }) => event === 'job.dead')
    expect(dead.map(({ cause }) => cause)).toContainEqual(expect.stringMatching(/premature end/i))
    expect(await settled(system, ada.accessToken, garbage.body.id)).toMatchObject({
      status: 'failed',
      currentVersion: { error: { code: expect.stringMatching(/^(corrupt|not-an)-image$/) } },
    })
    expect((await settled(system, ada.accessToken, good.body.id)).status).toBe('ready')
  })

  it('then a drawing that exceeds its time limit fails at the first try, and the next picture is rendered', async () => {
    const gradient =
      '<radialGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></radialGradient>'
    const shape = '<rect width="900" height="900" fill="url(#g)" opacity=".1"/>'
    const greedy = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900">${gradient}${shape.repeat(9_000)}</svg>`
    const greedies = await Promise.all([put(Buffer.from(greedy), 'a.svg'), put(Buffer.from(`${greedy} `), 'b.svg')])
    const good = await put((await makeTransparentPicture({ hue: 90 })).bytes, 'after.png')
    for (const { body } of greedies) {
      const media = await settled(system, ada.accessToken, body.id, 60_000)
      expect(media).toMatchObject({ status: 'failed', currentVersion: { error: { code: 'render-timeout' } } })
    }
    expect((await settled(system, ada.accessToken, good.body.id)).status).toBe('ready')
  })

  it('then a drawing whose filters are too expensive is refused before it is drawn', async () => {
    const noise = '<feTurbulence baseFrequency="0.9" numOctaves="10000"/><feGaussianBlur stdDeviation="5000"/>'
    const bomb = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><filter id="f">${noise.repeat(50)}</filter><rect width="100" height="100" filter="url(#f)"/></svg>`
    const { body } = await put(Buffer.from(bomb), 'bomb.svg')
    const media = await settled(system, ada.accessToken, body.id, 60_000)
    expect(media).toMatchObject({ status: 'failed', currentVersion: { error: { code: 'drawing-too-complex' } } })
  })

  it('then a bad file among good files has its error at its place in the response', async () => {
    const form = new FormData()
    const good = await makeTransparentPicture({ hue: 200 })
    form.append('file', new Blob([new Uint8Array(good.bytes)]), 'good.png')
    form.append('file', new Blob(['nothing of value']), 'bad.png')
    form.append('tags', 'holiday, sea')
    const answer = await send('POST', `${system.mediasUrl}/api/v1/media`, { body: form, token: ada.accessToken })
    expect(answer.status).toBe(207)
    expect(answer.body.results).toMatchObject([
      { status: 201, media: { filename: 'good.png', tags: [{ slug: 'holiday' }, { slug: 'sea' }] } },
      { status: 415, problem: { code: 'unsupported-media-type' } },
    ])
  })

  it('then a client that disconnects during the upload leaves no file', async () => {
    const leaving = new AbortController()
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(
          Buffer.from(
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + 'y'.repeat(100_000),
          ),
        )
        setTimeout(() => leaving.abort(), 200)
      },
    })
    const request = fetch(`${system.mediasUrl}/api/v1/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.accessToken}`, 'content-type': 'multipart/form-data; boundary=x' },
      body: half,
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit)
    await expect(request).rejects.toThrow()
    await eventually(async () => expect(await filesIn('incoming')).toEqual([]), { limitMs: 60_000 })
  })
})
