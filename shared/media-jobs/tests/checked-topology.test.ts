import { randomUUID } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  connectBroker,
  consumeDead,
  consumeJobs,
  createPublisher,
  createQueueDepths,
  jobQueue,
  PermanentError,
  setUpBroker,
  TransientError,
  type Broker,
  type DeadJob,
  type JobDelivery,
  type RenderJob,
} from '@likeness/media-jobs'
import { createVhost, eventually, logInAs, type TestVhost } from '@likeness/test-kit'
import { connect, type Channel } from 'amqplib'

const soon = { limitMs: 60_000 }
const newJob = (): RenderJob => ({ contract: 1, kind: 'render', mediaId: randomUUID(), versionId: randomUUID() })

describe('a process that only checks the exchange and the queues', () => {
  let vhost: TestVhost
  const warnings: object[] = []
  const logger = { info: () => undefined, warn: (fields: object) => void warnings.push(fields), error: () => undefined }
  const closing: (() => Promise<unknown>)[] = []
  beforeEach(async () => {
    vhost = await createVhost()
    warnings.length = 0
  })
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
    await vhost.drop()
  })

  const open = (user: 'medias-service' | 'media-worker'): Broker => {
    const broker = connectBroker({ url: logInAs(user, vhost.url), topology: 'check', name: user, logger })
    closing.push(() => broker.close())
    return broker
  }
  const administer = async (work: (channel: Channel) => Promise<unknown>): Promise<void> => {
    const connection = await connect(vhost.url)
    await work(await connection.createChannel())
    await connection.close()
  }

  it('When it has only the rights of its user, then jobs are published, retried, and stored as dead jobs', async () => {
    const [service, worker] = [open('medias-service'), open('media-worker')]
    const publisher = createPublisher(service)
    const depths = createQueueDepths(service)
    const dead: DeadJob[] = []
    const deadConsumer = consumeDead(service, { handle: async (job) => void dead.push(job) })
    const tries: number[] = []
    const consumer = consumeJobs(worker, {
      routingKey: 'interactive',
      worker: 'worker-1',
      prefetch: () => 2,
      handle: async ({ tries: earlier }: JobDelivery) => {
        tries.push(earlier)
        if (earlier === 0) throw new TransientError('Not now', { soon: true })
        throw new PermanentError('corrupt-image', 'It ends too soon')
      },
    })
    closing.push(
      () => publisher.close(),
      () => depths.close(),
      () => deadConsumer.stop(1_000),
      () => consumer.stop(1_000),
    )
    await eventually(() => expect([publisher.isReady(), consumer.isConsuming()]).toEqual([true, true]), soon)

    const job = newJob()
    expect(await publisher.publish('interactive', job, { messageId: randomUUID() })).toBe('confirmed')
    await eventually(
      async () => expect(await depths.read()).toContainEqual({ queue: 'interactive', waiting: 0, retrying: 1 }),
      soon,
    )
    await eventually(() => expect(dead).toHaveLength(1), soon)
    expect(dead[0]).toMatchObject({ job, code: 'corrupt-image' })
    expect(tries).toEqual([0, 1])
    expect(warnings.filter((fields) => 'error' in fields && /refused|REFUSED/.test(String(fields.error)))).toEqual([])
  })

  it('When a queue is missing, then it reports which one and works as soon as the broker is set up', async () => {
    await administer((channel) => channel.deleteQueue(jobQueue('bulk')))
    const publisher = createPublisher(open('medias-service'))
    const consumer = consumeJobs(open('media-worker'), {
      routingKey: 'bulk',
      worker: 'worker-1',
      prefetch: () => 1,
      handle: async () => undefined,
    })
    closing.push(
      () => publisher.close(),
      () => consumer.stop(1_000),
    )
    const error = 'The queue media.jobs.bulk does not exist. Set up the broker (docs/operations.md, section Broker).'
    await eventually(() => expect(warnings).toContainEqual({ event: 'broker.channel-failed', error }), soon)
    expect([publisher.isReady(), consumer.isConsuming()]).toEqual([false, false])

    await setUpBroker({ url: vhost.url, passwords: {} })
    await eventually(() => expect([publisher.isReady(), consumer.isConsuming()]).toEqual([true, true]), soon)

    // The queue that a consumer reads is deleted.
    await administer((channel) => channel.deleteQueue(jobQueue('bulk')))
    await eventually(() => expect(consumer.isConsuming()).toBe(false), soon)
    await setUpBroker({ url: vhost.url, passwords: {} })
    await eventually(() => expect(consumer.isConsuming()).toBe(true), soon)
  })
})
