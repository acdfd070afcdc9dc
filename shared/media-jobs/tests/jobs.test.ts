import { randomUUID } from 'node:crypto'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  connectBroker,
  consumeDead,
  consumeJobs,
  createPublisher,
  DEAD_QUEUE,
  RequeueError,
  jobQueue,
  PermanentError,
  TransientError,
  type Broker,
  type BrokerLogger,
  type Consumer,
  type DeadJob,
  type JobConsumer,
  type JobDelivery,
  type Publisher,
  type RenderJob,
  type Retry,
} from '@likeness/media-jobs'
import { createVhost, queueDepth, type TestVhost, eventually } from '@likeness/test-kit'
import { connect } from 'amqplib'

const until = (
  condition: () => boolean | Promise<boolean>,
  options: { limitMs: number; everyMs?: number } = { limitMs: 60_000 },
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
  const consume = (handle: (delivery: JobDelivery) => Promise<void>, prefetch = 2): Consumer => {
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
    const received: DeadJob[] = []
    consumers.push(consumeDead(broker, { handle: async (job) => void received.push(job) }))
    return received
  }
  const publish = (job: RenderJob) => publisher.publish('interactive', job, { messageId: randomUUID() })
  const publishBytes = async (content: string): Promise<void> => {
    const connection = await connect(vhost.url)
    const channel = await connection.createConfirmChannel()
    channel.publish('media.jobs', 'interactive', Buffer.from(content))
    await channel.waitForConfirms()
    await connection.close()
  }

  it('delivers a published job once, and acknowledges it', async () => {
    const job = newJob()
    const done: JobDelivery[] = []
    consume(async (delivery) => void done.push(delivery))
    expect(await publish(job)).toBe('confirmed')
    await until(() => done.length === 1)
    expect(done[0]).toMatchObject({ job, tries: 0, routingKey: 'interactive' })
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 0)
  })

  it('confirms each of many concurrent jobs', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => publish(newJob())))
    expect(new Set(answers)).toEqual(new Set(['confirmed']))
    // A queue counts a message a moment after it has confirmed it.
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 200)
  })

  it('reports a message that the broker returned because no queue is bound', async () => {
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

  it('retries a job later after a transient error', async () => {
    const tries: number[] = []
    consume(async (delivery) => {
      tries.push(delivery.tries)
      if (tries.length === 1) throw new TransientError('The store is unavailable')
    })
    const startedAt = Date.now()
    await publish(newJob())
    await until(() => tries.length === 2, { limitMs: 60_000 })
    expect(tries).toEqual([0, 1])
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(4_000)
  })

  it('moves a job to the dead queue after a permanent error, with the code, the reason and the tries', async () => {
    const job = newJob()
    const ended = dead()
    consume(async () => {
      throw new PermanentError('not-an-image', 'The file contains a song.')
    })
    await publish(job)
    await until(() => ended.length === 1)
    expect(ended[0]).toMatchObject({ job, payload: job, code: 'not-an-image', reason: 'The file contains a song.' })
    expect(ended[0]?.attempts).toEqual([
      {
        worker: 'worker-1',
        startedAt: expect.any(String),
        endedAt: expect.any(String),
        error: 'The file contains a song.',
      },
    ])
    await until(async () => (await queueDepth(vhost, DEAD_QUEUE)) === 0)
  })

  it('moves an invalid message to the dead queue, and continues with the next', async () => {
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
        {
          code: 'invalid-job',
          payload: { text: 'not json', bytes: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
          read: null,
        },
        { code: 'unknown-contract', payload: { contract: 7, picture: 1 }, read: null },
      ]),
    )
    expect(done).toEqual([job.versionId])
  })

  it('delivers a dead job again until its handler succeeds', async () => {
    const ids: string[] = []
    consumers.push(
      consumeDead(broker, {
        handle: async ({ id }) => {
          ids.push(id)
          if (ids.length === 1) throw new Error('The database is unavailable')
        },
      }),
    )
    consume(async () => {
      throw new PermanentError('corrupt-image', 'The picture is damaged: the file ends too early.')
    })
    await publish(newJob())
    await until(() => ids.length === 2)
    expect(ids[0]).toBe(ids[1])
  })

  it('finishes in-flight jobs when it stops, and leaves the rest in the queue', async () => {
    const finished: string[] = []
    let begun = 0
    // The job ends when the consumer stops, even if this process is slow.
    const consumer = consume(async ({ job, stopping }) => {
      begun += 1
      await new Promise((resolve) => stopping.addEventListener('abort', resolve))
      finished.push(job.versionId)
    }, 1)
    for (let count = 0; count < 3; count++) await publish(newJob())
    await until(() => begun === 1)
    await consumer.stop(5_000)
    expect(finished).toHaveLength(1)
    await until(async () => (await queueDepth(vhost, jobQueue('interactive'))) === 2)
  })

  it('requeues jobs that do not finish in time, without counting a try', async () => {
    const consumer = consume(async ({ aborted }) => {
      await new Promise((_resolve, reject) =>
        aborted.addEventListener('abort', () => reject(new RequeueError('The worker is stopping'))),
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

  describe('with a changing prefetch', () => {
    let prefetch = 1
    const consumeSome = (handle: (delivery: JobDelivery) => Promise<void>): JobConsumer => {
      const options = { routingKey: 'interactive', worker: 'worker-1', prefetch: () => prefetch, handle } as const
      const consumer = consumeJobs(broker, options)
      consumers.push(consumer)
      return consumer
    }
    /** Jobs that last until their function in `ends` is called. */
    const heldJobs = () => {
      const begun: string[] = []
      const done: string[] = []
      const ends: (() => void)[] = []
      const handle = async ({ job }: JobDelivery): Promise<void> => {
        begun.push(job.versionId)
        await new Promise<void>((resolve) => ends.push(resolve))
        done.push(job.versionId)
      }
      return { begun, done, ends, handle }
    }
    const publishMany = (count: number) => Promise.all(Array.from({ length: count }, () => publish(newJob())))
    const depth = (): Promise<number> => queueDepth(vhost, jobQueue('interactive'))
    it('processes more or fewer jobs at the same time, and each job once', async () => {
      prefetch = 1
      const { begun, done, ends, handle } = heldJobs()
      const consumer = consumeSome(handle)
      await publishMany(14)
      await until(async () => begun.length === 1 && (await depth()) === 13)
      prefetch = 4
      consumer.adjust()
      await until(async () => begun.length === 4 && (await depth()) === 10)
      prefetch = 2
      consumer.adjust()
      for (let next = 0; next < 14; next++) {
        await until(() => ends[next] !== undefined)
        // The in-flight jobs continue. From then on at most two jobs run.
        if (next >= 6) expect(begun.length - done.length).toBeLessThanOrEqual(2)
        ends[next]?.()
        await until(() => done.length === next + 1)
      }
      expect(new Set(done).size).toBe(14)
      await consumer.stop(1_000)
      expect(await depth()).toBe(0)
    })

    it('requeues waiting jobs and finishes running ones at a prefetch of 0, and then continues', async () => {
      prefetch = 2
      const { begun, done, ends, handle } = heldJobs()
      const requeued: string[] = []
      const consumer = consumeSome(async (delivery) => {
        if (begun.length === 0) return handle(delivery)
        if (delivery.stopping.aborted) throw new Error('The job was delivered again at once')
        await new Promise((resolve) => delivery.stopping.addEventListener('abort', resolve))
        requeued.push(delivery.job.versionId)
        throw new RequeueError('The worker is paused')
      })
      await publishMany(2)
      await until(async () => begun.length === 1 && (await depth()) === 0)
      prefetch = 0
      consumer.adjust()
      await until(async () => requeued.length === 1 && (await depth()) === 1)
      expect(consumer.isConsuming()).toBe(false)
      ends[0]?.()
      await until(() => done.length === 1)
      begun.length = 0
      prefetch = 1
      consumer.adjust()
      await until(() => begun.length === 1)
      expect(begun).toEqual(requeued)
      ends[1]?.()
      await until(async () => done.length === 2 && (await depth()) === 0)
    })

    it('receives the next job before a job is done, up to twice the prefetch', async () => {
      prefetch = 1
      const { begun, done, ends, handle } = heldJobs()
      const consumer = consumeSome((delivery) => {
        delivery.prefetchNext()
        return handle(delivery)
      })
      await publishMany(4)
      await until(async () => begun.length === 2 && (await depth()) === 2)
      for (const end of ends.splice(0)) end()
      await until(async () => begun.length === 4 && (await depth()) === 0)
      for (const end of ends) end()
      await until(async () => done.length === 4 && (await depth()) === 0)
      expect(new Set(done).size).toBe(4)
      expect(consumer.isConsuming()).toBe(true)
      await consumer.stop(1_000)
      // Every message was acknowledged.
      expect(await depth()).toBe(0)
    })
  })

  it('reports a try that is retried, but not a permanent failure', async () => {
    const retries: Retry[] = []
    const ended = dead()
    const job = newJob()
    const fault = new TransientError('The store is unavailable')
    consumers.push(
      consumeJobs(broker, {
        routingKey: 'interactive',
        worker: 'worker-1',
        prefetch: () => 2,
        handle: async (delivery) => {
          if (delivery.job.versionId === job.versionId) throw fault
          throw new PermanentError('not-an-image', 'The file contains a song.')
        },
        onRetry: async (retry) => {
          retries.push(retry)
          throw new Error('The report failed')
        },
      }),
    )
    await publish(job)
    await publish(newJob())
    await until(() => retries.length === 1 && ended.length === 1)
    expect(retries).toEqual([{ job, error: fault, retryInMs: expect.any(Number) }])
    expect(retries[0]?.retryInMs).toBeGreaterThanOrEqual(4_000)
    expect(retries[0]?.retryInMs).toBeLessThanOrEqual(6_000)
  })

  it('continues after its queue was deleted', async () => {
    const done: string[] = []
    let isDeleted = false
    consume(async ({ job }) => {
      if (!isDeleted) {
        isDeleted = true
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
    await until(async () => (await publishedAgain()) && done.length > 0, { limitMs: 60_000, everyMs: 300 })
  })
  const publishedAgain = async (): Promise<boolean> => (await publish(newJob())) === 'confirmed'

  it('fails at once to publish while the broker is unavailable', async () => {
    const unreachable = connectBroker({ url: 'amqp://127.0.0.1:1', name: 'unreachable', logger: quiet })
    const nowhere = createPublisher(unreachable)
    await expect(nowhere.publish('bulk', newJob(), { messageId: 'one' })).rejects.toThrow('The broker is unavailable')
    expect(unreachable.isConnected()).toBe(false)
    await nowhere.close()
    await unreachable.close()
  })
})
