import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createVhost, eventually, queueDepth, type TestVhost } from '@likeness/test-kit'
import { connect } from 'amqplib'
import { randomUUID } from 'node:crypto'
import {
  connectBroker,
  consumeDead,
  consumeJobs,
  createPublisher,
  DEAD_QUEUE,
  GivenBackError,
  jobQueue,
  PermanentError,
  TransientError,
  type Broker,
  type BrokerLogger,
  type Consumer,
  type DeadJob,
  type JobInHand,
  type Publisher,
  type RenderJob,
} from '@likeness/media-jobs'

const until = (
  condition: () => boolean | Promise<boolean>,
  options: { limitMs: number; everyMs?: number } = { limitMs: 5_000 },
): Promise<void> => eventually(async () => expect(await condition()).toBe(true), options)
const quiet: BrokerLogger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const newJob = (): RenderJob => ({ contract: 1, kind: 'render', mediaId: randomUUID(), versionId: randomUUID() })

describe('jobs over a real broker', () => {
  let vhost: TestVhost
  let broker: Broker
  let publisher: Publisher
  const consumers: Consumer[] = []

  beforeAll(async () => {
    vhost = await createVhost()
  })
  afterAll(() => vhost.drop())
  beforeEach(async () => {
    broker = connectBroker({ url: vhost.url, name: 'test', logger: quiet })
    publisher = createPublisher(broker)
    await until(() => publisher.isReady())
    await purge()
  })
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(1_000)))
    await publisher.close()
    await broker.close()
  })

  const purge = async (): Promise<void> => {
    const connection = await connect(vhost.url)
    const channel = await connection.createChannel()
    for (const queue of [jobQueue('interactive'), jobQueue('bulk'), DEAD_QUEUE]) await channel.purgeQueue(queue)
    await connection.close()
  }
  const consume = (handle: (inHand: JobInHand) => Promise<void>, prefetch = 2): Consumer => {
    const consumer = consumeJobs(broker, {
      routingKey: 'interactive',
      worker: 'worker-1',
      prefetch: () => prefetch,
      handle,
    })
    consumers.push(consumer)
    return consumer
  }
  const dead = (): DeadJob[] => {
    const taken: DeadJob[] = []
    consumers.push(consumeDead(broker, { handle: async (job) => void taken.push(job) }))
    return taken
  }
  const publish = (job: RenderJob) => publisher.publish('interactive', job, { messageId: randomUUID() })
  const publishBytes = async (content: string): Promise<void> => {
    const connection = await connect(vhost.url)
    const channel = await connection.createConfirmChannel()
    channel.publish('media.jobs', 'interactive', Buffer.from(content))
    await channel.waitForConfirms()
    await connection.close()
  }

  it('does what was published, once, and forgets it', async () => {
    const job = newJob()
    const done: JobInHand[] = []
    consume(async (inHand) => void done.push(inHand))
    expect(await publish(job)).toBe('confirmed')
    await until(() => done.length === 1)
    expect(done[0]).toMatchObject({ job, tries: 0, routingKey: 'interactive' })
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 0)
  })

  it('confirms many at once, each by itself', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => publish(newJob())))
    expect(new Set(answers)).toEqual(new Set(['confirmed']))
    expect(await queueDepth(vhost, jobQueue('interactive'))).toBe(200)
  })

  it('says which messages came back because no queue takes them', async () => {
    const connection = await connect(vhost.url)
    const channel = await connection.createChannel()
    await channel.unbindQueue(jobQueue('bulk'), 'media.jobs', 'bulk')
    const [returned, confirmed] = await Promise.all([
      publisher.publish('bulk', newJob(), { messageId: 'one' }),
      publisher.publish('interactive', newJob(), { messageId: 'two' }),
    ])
    expect([returned, confirmed]).toEqual(['returned', 'confirmed'])
    await channel.bindQueue(jobQueue('bulk'), 'media.jobs', 'bulk')
    await connection.close()
  })

  it('tries again later what failed for a reason that passes', async () => {
    const tries: number[] = []
    consume(async (inHand) => {
      tries.push(inHand.tries)
      if (tries.length === 1) throw new TransientError('The store is away')
    })
    const startedAt = Date.now()
    await publish(newJob())
    await until(() => tries.length === 2, { limitMs: 10_000 })
    expect(tries).toEqual([0, 1])
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(4_000)
  })

  it('ends what can never come right, with its code, its reason and its tries', async () => {
    const job = newJob()
    const ended = dead()
    consume(async () => {
      throw new PermanentError('not-an-image', 'It is a song')
    })
    await publish(job)
    await until(() => ended.length === 1)
    expect(ended[0]).toMatchObject({ job, payload: job, code: 'not-an-image', reason: 'It is a song' })
    expect(ended[0]?.attempts).toEqual([
      { worker: 'worker-1', startedAt: expect.any(String), endedAt: expect.any(String), error: 'It is a song' },
    ])
    await until(async () => (await queueDepth(vhost, DEAD_QUEUE)) === 0)
  })

  it('ends poison, and goes on with the next', async () => {
    const ended = dead()
    const done: string[] = []
    consume(async ({ job }) => void done.push(job.versionId))
    const job = newJob()
    await publishBytes('not json')
    await publishBytes(JSON.stringify({ contract: 7, picture: 1 }))
    await publish(job)
    await until(() => ended.length === 2 && done.length === 1)
    expect(ended.map(({ code, payload, job: read }) => ({ code, payload, read }))).toEqual(
      expect.arrayContaining([
        { code: 'invalid-job', payload: 'not json', read: null },
        { code: 'unknown-contract', payload: { contract: 7, picture: 1 }, read: null },
      ]),
    )
    expect(done).toEqual([job.versionId])
  })

  it('delivers a dead job again until it was taken', async () => {
    const ids: string[] = []
    consumers.push(
      consumeDead(broker, {
        handle: async ({ id }) => {
          ids.push(id)
          if (ids.length === 1) throw new Error('The database is away')
        },
      }),
    )
    consume(async () => {
      throw new PermanentError('corrupt-image', 'Cut short')
    })
    await publish(newJob())
    await until(() => ids.length === 2)
    expect(ids[0]).toBe(ids[1])
  })

  it('finishes what is in hand when it stops, and leaves the rest where it was', async () => {
    const finished: string[] = []
    let begun = 0
    const consumer = consume(async ({ job }) => {
      begun += 1
      await new Promise((resolve) => setTimeout(resolve, 300))
      finished.push(job.versionId)
    }, 1)
    for (let count = 0; count < 3; count++) await publish(newJob())
    await until(() => begun === 1)
    await consumer.stop(5_000)
    expect(finished).toHaveLength(1)
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 2)
  })

  it('gives back what does not finish in time, without counting a try', async () => {
    const consumer = consume(async ({ aborted }) => {
      await new Promise((_resolve, reject) =>
        aborted.addEventListener('abort', () => reject(new GivenBackError('The worker stops'))),
      )
    })
    await publish(newJob())
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 0)
    await consumer.stop(100)
    const again: number[] = []
    consume(async ({ tries }) => void again.push(tries))
    await until(() => again.length === 1)
    expect(again).toEqual([0])
  })

  it('takes up its work again when its channel is closed under it', async () => {
    const done: string[] = []
    let provoked = false
    consume(async ({ job }) => {
      if (!provoked) {
        provoked = true
        await deleteConsumersQueue()
        return
      }
      done.push(job.versionId)
    })
    const deleteConsumersQueue = async (): Promise<void> => {
      const connection = await connect(vhost.url)
      const channel = await connection.createChannel()
      await channel.deleteQueue(jobQueue('interactive'))
      await connection.close()
    }
    await publish(newJob())
    await until(async () => (await publishedAgain()) && done.length > 0, { limitMs: 10_000, everyMs: 300 })
  })
  const publishedAgain = async (): Promise<boolean> => (await publish(newJob())) === 'confirmed'

  it('refuses at once to publish while the broker is away', async () => {
    const away = connectBroker({ url: 'amqp://127.0.0.1:1', name: 'away', logger: quiet })
    const nowhere = createPublisher(away)
    await expect(nowhere.publish('bulk', newJob(), { messageId: 'one' })).rejects.toThrow('The broker is away')
    expect(away.isConnected()).toBe(false)
    await nowhere.close()
    await away.close()
  })
})
