import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, describe, expect, it } from '@jest/globals'
import { unzip } from '@likeness/test-kit'

import { sendArchive, type Archive } from '../src/exports/archive.ts'

let server: Server | undefined
let outcome: Promise<string>

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))
})

/** The response of a server that sends an archive. */
async function ask(fill: (archive: Archive) => Promise<void>, idleLimitMs = 5_000): Promise<IncomingMessage> {
  server = createServer((_request, response) => {
    outcome = sendArchive(response, { idleLimitMs, fill })
    outcome.catch(() => undefined)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

const options = { modifiedAt: new Date(), deflate: false }

/** An endless stream. `given` is the number of bytes that were read from it. */
function endless() {
  const source = Object.assign(
    new Readable({
      read() {
        source.given += 65_536
        this.push(Buffer.alloc(65_536))
      },
    }),
    { given: 0 },
  )
  return source
}

describe('An archive', () => {
  it('When the client reads everything, then the archive is complete, with its files in order, and one file was open at a time', async () => {
    const open: number[] = []
    const response = await ask(async ({ add }) => {
      for (const path of ['b.txt', 'a.txt', 'é/日本.txt']) {
        const content = Readable.from([path, ' and more'])
        open.push(1)
        content.once('close', () => open.push(-1))
        await add(path, content, { ...options, deflate: path === 'a.txt' })
      }
    })

    const files = await unzip(await buffer(response))

    expect([...files].map(([path, { bytes, isDeflated }]) => [path, bytes.toString(), isDeflated])).toEqual([
      ['b.txt', 'b.txt and more', false],
      ['a.txt', 'a.txt and more', true],
      ['é/日本.txt', 'é/日本.txt and more', false],
    ])
    expect(open).toEqual([1, -1, 1, -1, 1, -1])
    expect(await outcome).toBe('complete')
  })

  it('When no file was added, then the archive is a valid ZIP', async () => {
    expect(await unzip(await buffer(await ask(async () => undefined)))).toEqual(new Map())
  })

  it('When the client does not read, then only the buffers are filled, and finally the connection is closed', async () => {
    const source = endless()
    const response = await ask(({ add }) => add('endless', source, options), 1_000)
    response.pause()
    await pause(500)
    const given = source.given
    await pause(250)

    expect(source.given).toBe(given)
    expect(given).toBeLessThan(50_000_000)
    expect(await outcome).toBe('disconnected')
    expect(source.destroyed).toBe(true)
  })

  it('When the client disconnects, then the current file is closed, and no other file is added', async () => {
    const source = endless()
    const late = Readable.from(['late'])
    let signal: AbortSignal | undefined
    const response = await ask(async (archive) => {
      signal = archive.signal
      await archive.add('endless', source, options).catch(() => undefined)
      await archive.add('late', late, options)
    })
    await once(response, 'data')
    response.destroy()

    expect(await outcome).toBe('disconnected')
    expect([source.destroyed, late.destroyed, signal?.aborted]).toEqual([true, true, true])
  })

  it.each([
    [
      'fails in the middle',
      () =>
        new Readable({
          read() {
            this.push(Buffer.alloc(100_000))
            this.destroy(new Error('lost'))
          },
        }),
      'lost',
    ],
    ['is shorter than its given size', () => Readable.from([Buffer.alloc(9)]), 'unexpected number of bytes'],
    ['is longer than its given size', () => Readable.from([Buffer.alloc(11)]), 'unexpected number of bytes'],
  ])(
    'When a file %s, then the connection is closed, and the received bytes are no valid ZIP',
    async (_how, content, reason) => {
      const chunks: Buffer[] = []
      const response = await ask(async ({ add }) => {
        await add('good', Readable.from(['good']), options)
        await add('bad', content(), { ...options, bytes: 10 })
      })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))

      await expect(once(response, 'end')).rejects.toThrow('aborted')
      await expect(unzip(Buffer.concat(chunks))).rejects.toThrow()
      await expect(outcome).rejects.toThrow(reason)
    },
  )

  it('When fill throws, then the connection is closed, and the error is rethrown', async () => {
    const response = await ask(async ({ add }) => {
      await add('good', Readable.from(['good']), options)
      throw new Error('no more')
    })

    await expect(buffer(response)).rejects.toThrow('aborted')
    await expect(outcome).rejects.toThrow('no more')
  })
})
