import { mkdtemp, rm } from 'node:fs/promises'
import { get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import { eventually } from '@likeness/test-kit'
import express from 'express'

import { sendFile } from '../src/delivery/send-file.ts'

/** More than the operating system buffers for a connection. */
const BYTES = 30_000_000

describe('When a client downloads a file', () => {
  let folder: string
  let store: FileStore
  let server: Server
  let failures = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'likeness-downloads-'))
    store = openDiskStore(folder)
    await store.put('originals/aa/large', Buffer.alloc(BYTES, 7))
    const about = { key: 'originals/aa/large', bytes: BYTES, mimeType: 'image/png', name: 'large.png' }
    const file = { ...about, isPublic: false, immutable: true, inline: true }
    const app = express()
    app.get('/:kind', (request, response) => {
      // A store that is not on this machine has no local paths.
      const own = request.params.kind === 'disk' ? store : { ...store, localPath: () => null }
      sendFile(own, { request, response }, file, { stalledMs: 1_000 }).catch(() => failures++)
    })
    server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await store.close()
    await rm(folder, { recursive: true })
  })

  const download = (kind: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const { port } = server.address() as AddressInfo
      get({ port, path: `/${kind}`, agent: false }, resolve).once('error', reject)
    })
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    )

  it.each(['disk', 'elsewhere'])('and stops reading, then the connection is closed (%s)', async (kind) => {
    const response = await download(kind)
    response.on('error', () => undefined)
    await eventually(async () => expect(await connections()).toBe(0), { limitMs: 60_000 })
    response.destroy()
  })

  it('and reads slowly, then it gets the whole file', async () => {
    const response = await download('disk')
    let received = 0
    let pauses = 0
    for await (const chunk of response) {
      received += (chunk as Buffer).length
      // In total longer than the limit.
      if (received / 1_000_000 > pauses * 2) {
        pauses++
        await pause(200)
      }
    }
    expect(received).toBe(BYTES)
    expect(pauses).toBeGreaterThan(10)
  })
})
