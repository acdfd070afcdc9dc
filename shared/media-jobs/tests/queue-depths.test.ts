import { createServer, connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  connectBroker,
  createQueueDepths,
  type Broker,
  type BrokerLogger,
  type QueueDepths,
} from '@likeness/media-jobs'
import { createVhost, type TestVhost, eventually } from '@likeness/test-kit'
import { connect } from 'amqplib'

const quiet: BrokerLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A proxy of the broker that can stop responding while every connection stays open. */
async function startProxy(url: string) {
  const address = new URL(url)
  const { port, hostname } = address
  const fromBroker = new Set<Socket>()
  const server: Server = createServer((client) => {
    const broker = connectTcp(Number(port), hostname)
    fromBroker.add(broker)
    client.pipe(broker).pipe(client)
    for (const socket of [client, broker]) socket.on('error', () => undefined)
    client.on('close', () => broker.destroy())
    broker.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address.port = String((server.address() as AddressInfo).port)
  return {
    url: address.href,
    pause: () => fromBroker.forEach((socket) => socket.pause()),
    resume: () => fromBroker.forEach((socket) => socket.resume()),
    stop: () => server.close(),
  }
}

describe('the depths of queues', () => {
  let vhost: TestVhost
  let proxy: Awaited<ReturnType<typeof startProxy>>
  let broker: Broker
  let depths: QueueDepths

  beforeAll(async () => {
    vhost = await createVhost()
    proxy = await startProxy(vhost.url)
    broker = connectBroker({ url: proxy.url, name: 'test', logger: quiet })
    depths = createQueueDepths(broker)
    await known()
  })
  afterAll(async () => {
    await depths?.close()
    await broker?.close()
    proxy?.stop()
    await vhost?.drop()
  })

  const known = () => eventually(async () => expect(await depths.read()).not.toBeNull(), { limitMs: 60_000 })
  const send = async (...queues: string[]): Promise<void> => {
    const connection = await connect(vhost.url)
    const channel = await connection.createConfirmChannel()
    for (const queue of queues) channel.sendToQueue(queue, Buffer.from('{}'))
    await channel.waitForConfirms()
    await connection.close()
  }

  it('distinguish messages that wait for a worker from those that wait for a retry, for each queue', async () => {
    await send('media.jobs.interactive', 'media.jobs.interactive', 'media.jobs.interactive.retry.10m')
    await send('media.jobs.bulk.retry.2m', 'media.jobs.bulk.retry.10m', 'media.jobs.dead')
    const expected = [
      { queue: 'interactive', waiting: 2, retrying: 1 },
      { queue: 'bulk', waiting: 0, retrying: 2 },
    ]
    expect(await Promise.all([depths.read(), depths.read(), depths.read()])).toEqual([expected, expected, expected])
  })

  it('are unknown after a second without a response, and known again afterwards', async () => {
    proxy.pause()
    const startedAt = performance.now()
    expect(await depths.read()).toBeNull()
    expect(await depths.read()).toBeNull()
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    proxy.resume()
    await known()
  })

  it('are unknown without a broker', async () => {
    const nowhere = connectBroker({ url: 'amqp://127.0.0.1:9', name: 'test', logger: quiet })
    const none = createQueueDepths(nowhere)
    expect(await none.read()).toBeNull()
    await none.close()
    await nowhere.close()
  })
})
