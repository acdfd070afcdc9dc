import { randomBytes } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { EnvironmentError, readEnvironment } from '@likeness/service-kit/process'
import { eventually, startGrowthbook, type GrowthbookServer, type Json } from '@likeness/test-kit'

import { environmentSchema } from '../src/env.ts'
import { startMain, type MainUnderTest } from './main-under-test.ts'

const closed = { registration: { defaultValue: false } }
const open = { registration: { defaultValue: true } }

let growthbook: GrowthbookServer
let main: MainUnderTest

const start = (variables: Record<string, string> = {}) =>
  startMain({ GROWTHBOOK_API_HOST: growthbook.url, GROWTHBOOK_CLIENT_KEY: growthbook.clientKey, ...variables })

const registration = async (): Promise<Json> => (await main.nobody.get('/features/registration')).body
const soon = (attempt: () => Promise<void>, limitMs = 5_000) => eventually(attempt, { limitMs, everyMs: 20 })
const becomes = (value: boolean, limitMs?: number) =>
  soon(async () => expect(await registration()).toMatchObject({ value, source: 'defaultValue' }), limitMs)
const isStreaming = () => soon(async () => expect(growthbook.streams()).toBe(1), 10_000)
const readiness = async (): Promise<Json> => (await main.root.get('/readyz')).body.checks

beforeEach(async () => {
  growthbook = await startGrowthbook()
})
afterEach(async () => {
  await main?.stop()
  await growthbook.stop()
})

describe('When GrowthBook is available', () => {
  it('then its features are used instead of the file', async () => {
    growthbook.publish(closed)
    main = await start({ FEATURES_FILE: '/nowhere' })
    await becomes(false)

    const body = { email: 'new@example.com', name: 'New', passwordHash: 'a hash' }
    expect((await main.auth.send('post', '/users', body)).body.code).toBe('registration-closed')
    expect((await readiness()).growthbook).toEqual({ status: 'ok', required: false })
  })

  it('then a streamed change takes effect without another request', async () => {
    growthbook.publish(open)
    main = await start()
    await isStreaming()
    await becomes(true)
    // Opening the stream causes one more read, because features may have changed before the stream was open.
    await soon(async () => expect(growthbook.requests.all).toBe(2))

    growthbook.publish(closed)

    await becomes(false)
    expect(growthbook.requests.all).toBe(2)
  })

  it('then a streamed hint causes an immediate read', async () => {
    main = await start()
    await isStreaming()

    growthbook.publish(closed, 'features-updated')

    await becomes(false)
  })

  it('then an ended stream is reopened, and changes in the meantime are read', async () => {
    main = await start()
    await isStreaming()

    growthbook.endStreams()
    growthbook.publish(closed, 'nothing')

    await becomes(false)
    await isStreaming()
    growthbook.publish(open)
    await becomes(true)
  })

  it('then no stream is opened if GrowthBook does not support it', async () => {
    await growthbook.stop()
    growthbook = await startGrowthbook({ streams: false })
    growthbook.publish(closed)
    main = await start()
    await becomes(false)

    await pause(200)
    expect([growthbook.streams(), growthbook.requests.all]).toEqual([0, 1])
  })

  it('then encrypted features are read with the right key, and not with another key or without a key', async () => {
    await growthbook.stop()
    const key = randomBytes(16).toString('base64')
    growthbook = await startGrowthbook({ encryptionKey: key })
    growthbook.publish(closed)
    main = await start({ GROWTHBOOK_DECRYPTION_KEY: key })
    await becomes(false)
    await main.stop()

    for (const other of [{}, { GROWTHBOOK_DECRYPTION_KEY: randomBytes(16).toString('base64') }]) {
      const before = growthbook.requests.all
      main = await start(other)
      await soon(async () => expect(growthbook.requests.all).toBeGreaterThan(before))
      expect(await registration()).toMatchObject({ value: true, source: 'gate' })
      expect((await readiness()).growthbook.status).toBe('unavailable')
      await main.stop()
    }
  })
})

describe('When GrowthBook is unavailable or sends invalid features', () => {
  it('then the service uses the defaults of the gates, reports it in /readyz, and reads the features later', async () => {
    growthbook.publish(closed)
    await growthbook.closePort()
    main = await start()
    await main.context.features.tried(2_000)

    expect(await registration()).toEqual({ key: 'registration', value: true, source: 'gate' })
    const answer = await main.root.get('/readyz')
    expect([answer.status, answer.body.checks.growthbook]).toEqual([200, { status: 'unavailable', required: false }])

    await growthbook.reopenPort()
    await becomes(false, 10_000)
    expect((await readiness()).growthbook.status).toBe('ok')
  })

  it('then the last features remain in use, and changes are read and streamed when GrowthBook is available again', async () => {
    growthbook.publish(closed)
    main = await start()
    await isStreaming()

    await growthbook.closePort()
    await soon(async () => expect((await readiness()).growthbook.status).toBe('unavailable'))
    expect(await registration()).toMatchObject({ value: false, source: 'defaultValue' })

    growthbook.publish(open, 'nothing')
    await growthbook.reopenPort()
    await becomes(true, 10_000)
    await isStreaming()
    growthbook.publish(closed)
    await becomes(false)
  })

  it.each([
    [200, 'not json'],
    [200, '[]'],
    [200, '{"features": "none"}'],
    [200, '{"features": {"registration": {"rules": "all"}}}'],
    [200, '{"status": 200}'],
    [400, '{"status":400,"error":"Invalid API Key"}'],
    [500, ''],
  ])('then an answer of %s %s leaves the last features in use', async (status, body) => {
    growthbook.publish(closed)
    main = await start()
    await becomes(false)
    await isStreaming()

    growthbook.respondWith({ status, body })
    growthbook.send('features-updated', '')
    await soon(async () => expect((await readiness()).growthbook.status).toBe('unavailable'))
    expect(await registration()).toMatchObject({ value: false, source: 'defaultValue' })

    growthbook.respondWith(undefined)
    growthbook.send('features-updated', '')
    await soon(async () => expect((await readiness()).growthbook.status).toBe('ok'))
  })

  it('then invalid events of the stream are ignored, and the stream continues', async () => {
    growthbook.publish(closed)
    main = await start()
    await becomes(false)
    await isStreaming()

    for (const garbage of ['not json', '5', '{"features": null}', '{"features": {"registration": 1}}']) {
      growthbook.send('features', garbage)
    }
    await pause(200)
    expect(await registration()).toMatchObject({ value: false, source: 'defaultValue' })

    growthbook.publish(open)
    await becomes(true)
  })

  it('then evaluations do not wait for a server that never answers', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.resume()))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    main = await start({ GROWTHBOOK_API_HOST: `http://127.0.0.1:${port}` })

    const before = Date.now()
    await main.context.features.tried(300)
    expect(Date.now() - before).toBeLessThan(1_000)
    expect(await registration()).toMatchObject({ value: true, source: 'gate' })
    await main.stop()
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
    main = await start()
  })
})

describe('When the service stops', () => {
  it('then it closes the stream, and sends no more requests', async () => {
    main = await start()
    await isStreaming()
    await soon(async () => expect(growthbook.requests.all).toBe(2))

    await main.context.close()

    await soon(async () => expect(growthbook.streams()).toBe(0))
    await pause(1_500)
    expect([growthbook.streams(), growthbook.requests.all]).toEqual([0, 2])
  })
})

describe('When only one of the two required variables is set', () => {
  it.each([
    [{ GROWTHBOOK_API_HOST: 'http://127.0.0.1:3100' }, 'GROWTHBOOK_CLIENT_KEY'],
    [{ GROWTHBOOK_CLIENT_KEY: 'sdk-1', PORT: '-1' }, 'GROWTHBOOK_API_HOST'],
  ])('then %j is an error of the environment, reported together with all others', (variables, missing) => {
    const faultsOf = () => {
      try {
        readEnvironment(environmentSchema, variables)
        return []
      } catch (error) {
        if (error instanceof EnvironmentError) return error.faults
        throw error
      }
    }
    expect(faultsOf()).toHaveLength(Object.keys(variables).length)
    expect(faultsOf().join('\n')).toContain(`${missing} is required, because`)
  })
})
