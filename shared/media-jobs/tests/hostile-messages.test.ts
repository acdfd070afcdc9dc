import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  connectBroker,
  consumeDead,
  consumeJobs,
  createPublisher,
  DEAD_QUEUE,
  EXCHANGE,
  jobQueue,
  openRetryQueues,
  priorities,
  retryQueue,
  retryTiers,
  routingKeys,
  TransientError,
  type Broker,
  type Consumer,
  type DeadJob,
  type Publisher,
  type RenderJob,
} from '@likeness/media-jobs'
import { createVhost, eventually, queueDepth, type TestVhost } from '@likeness/test-kit'
import { connect, type Options } from 'amqplib'

import { nestedLists, publishRaw } from './raw-messages.ts'

interface Message {
  content: Buffer
  properties?: Options.Publish
}

const newJob = (): RenderJob => ({ contract: 1, kind: 'render', mediaId: randomUUID(), versionId: randomUUID() })
const contentOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const deep = (open: string, close: string, levels: number) => open.repeat(levels) + 1 + close.repeat(levels)

const contents: [string, Buffer][] = [
  ['no content', Buffer.alloc(0)],
  ['text', Buffer.from('not json')],
  ['a number', Buffer.from('5')],
  ['null', Buffer.from('null')],
  ['a list', Buffer.from('[{"contract":1}]')],
  ['50,000 levels', Buffer.from(deep('{"a":', '}', 50_000))],
  ['2,000 levels', Buffer.from(deep('[', ']', 2_000))],
  ['2,000 levels in a job', Buffer.from(JSON.stringify(newJob()).replace('"render"', deep('[', ']', 1_900)))],
  ['2,000 levels in an unknown contract', Buffer.from(`{"contract":7,"x":${deep('[', ']', 1_900)}}`)],
  ['4 MB of text', Buffer.alloc(4_000_000, 'x')],
  ['4 MB that begin with a job', Buffer.concat([contentOf(newJob()), Buffer.alloc(4_000_000, ' ')])],
  ['random bytes', randomBytes(2_000)],
  ['a compressed job', gzipSync(contentOf(newJob()))],
  ['a job in UTF-16', Buffer.from(JSON.stringify(newJob()), 'utf16le')],
  ['a NUL', Buffer.from('a\0b')],
  ['a lone surrogate', Buffer.from('["\\ud800"]')],
  ['invalid UTF-8', Buffer.from('7b22ff22fe7d', 'hex')],
  ['a prototype', contentOf(`{"__proto__":${JSON.stringify(newJob())},"constructor":{"prototype":1}}`)],
  ['fields of a wrong type', contentOf({ ...newJob(), mediaId: ['x'], versionId: { toString: 'x' } })],
  ['an unknown kind', contentOf({ ...newJob(), kind: 'wash' })],
  ['an unknown contract', contentOf({ contract: 7 })],
]

const attempts = (error: string) => JSON.stringify([{ worker: 'w', startedAt: 'a', endedAt: null, error }])
const properties: [string, Options.Publish][] = [
  ['65,000 bytes of attempts', { headers: { 'x-attempts': attempts('e'.repeat(65_000)) } }],
  ['30,000 levels of attempts', { headers: { 'x-attempts': deep('[', ']', 30_000) } }],
  ['a text as number of tries', { headers: { 'x-try': '149' } }],
  ['too many tries', { headers: { 'x-try': 1e15 } }],
  ['a list as code', { headers: { 'x-code': ['a'], 'x-reason': { a: 1 }, 'x-queue': 7, 'x-bytes': 'x' } }],
  [
    'a long code and control characters',
    { headers: { 'x-code': 'c'.repeat(30_000), 'x-reason': '\u001b[31m\u009b\0' } },
  ],
  ['a text as deaths', { headers: { 'x-death': 'x' } }],
  ['forged deaths', { headers: { 'x-death': [{ queue: 'media.jobs.bulk', reason: 'rejected', count: 1_000 }] } }],
  ['long ids', { messageId: 'i'.repeat(255), correlationId: 'ü'.repeat(127), contentEncoding: 'gzip', type: 'x' }],
  ['a header with 500 levels', { headers: { nested: JSON.parse(deep('[', ']', 500)) } }],
]

/** Every content without properties, and a message that is not a job with every kind of properties. */
const hostile: [string, Message][] = [
  ...contents.map(([name, content]): [string, Message] => [name, { content }]),
  ...properties.map(([name, sent]): [string, Message] => [
    name,
    { content: Buffer.from(`? ${name}`), properties: sent },
  ]),
]

describe('hostile messages over a real broker', () => {
  let vhost: TestVhost
  let broker: Broker
  let publisher: Publisher
  let logged: { event: string }[]
  const consumers: Consumer[] = []

  beforeAll(async () => {
    vhost = await createVhost()
  })
  afterAll(() => vhost.drop())
  beforeEach(async () => {
    logged = []
    const log = (fields: object): void => void logged.push(fields as { event: string })
    broker = connectBroker({ url: vhost.url, name: 'test', logger: { info: log, warn: log, error: log } })
    publisher = createPublisher(broker)
    await until(() => publisher.isReady())
  })
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop(1_000)))
    await publisher.close()
    await broker.close()
  })

  const soon = (attempt: () => Promise<void>): Promise<void> => eventually(attempt, { limitMs: 60_000 })
  const until = (condition: () => boolean | Promise<boolean>): Promise<void> =>
    soon(async () => expect(await condition()).toBe(true))
  const isEmpty = async (queue: string) => (await queueDepth(vhost, queue)) === 0
  const eventsOf = (...events: string[]) => logged.filter(({ event }) => events.includes(event))

  /** Publishes messages to an exchange in their order. */
  const send = async (exchange: string, routingKey: string, messages: Message[]): Promise<void> => {
    const connection = await connect(vhost.url)
    const channel = await connection.createConfirmChannel()
    for (const { content, properties: sent } of messages) {
      channel.publish(exchange, routingKey, content, { persistent: true, ...sent })
    }
    await channel.waitForConfirms()
    await connection.close()
  }
  /** Consumes every job queue, and returns the versions of the jobs that were handled. */
  const work = (): string[] => {
    const done: string[] = []
    for (const routingKey of routingKeys) {
      const handle = async ({ job }: { job: RenderJob }) => void done.push(job.versionId)
      consumers.push(consumeJobs(broker, { routingKey, worker: 'worker-1', prefetch: () => 2, handle }))
    }
    return done
  }
  const bury = (): DeadJob[] => {
    const received: DeadJob[] = []
    consumers.push(consumeDead(broker, { handle: async (dead) => void received.push(dead) }))
    return received
  }
  const expectAllDead = (dead: DeadJob[]): void => {
    expect(dead).toHaveLength(hostile.length)
    for (const one of dead) expect(JSON.stringify(one).length).toBeLessThan(20_000)
    const known = dead.filter(({ isJob }) => isJob)
    // The contract of these two belongs to another build, so they may be jobs.
    expect(known.map(({ payload }) => payload)).toEqual([
      { contract: 7, x: JSON.parse(deep('[', ']', 1_900)) },
      { contract: 7 },
    ])
    const described = dead.flatMap(({ isJob, payload }) => (isJob ? [] : [`${payload.bytes} ${payload.sha256}`]))
    const notJobs = hostile.map(([, { content }]) => content).filter((content) => !content.includes('"contract":7'))
    expect(described.toSorted()).toEqual(notJobs.map((content) => `${content.length} ${hashOf(content)}`).toSorted())
  }
  /** Nothing was retried, and no connection was lost. */
  const expectNoFault = (): void =>
    expect(eventsOf('job.not-handed-on', 'dead-job.not-taken', 'broker.unavailable', 'broker.channel-error')).toEqual(
      [],
    )

  it.each(routingKeys)(
    'When they are in the queue of %s jobs, then each is dead, and a job is done',
    async (routingKey) => {
      const [dead, done, job] = [bury(), work(), newJob()]
      await send(
        EXCHANGE,
        routingKey,
        hostile.map(([, message]) => message),
      )
      await publisher.publish(routingKey, job, { messageId: randomUUID() })
      await until(() => dead.length === hostile.length && done.length === 1)
      expect(done).toEqual([job.versionId])
      expectAllDead(dead)
      await until(async () => (await isEmpty(jobQueue(routingKey))) && isEmpty(DEAD_QUEUE))
      expectNoFault()
      for (const line of logged) expect(JSON.stringify(line).length).toBeLessThan(2_000)
    },
  )

  it('When they are in the dead queue, then each is handled once, and so is a dead job', async () => {
    const [dead, job] = [bury(), newJob()]
    await send(EXCHANGE, 'dead', [...hostile.map(([, message]) => message), { content: contentOf(job) }])
    await until(() => dead.length === hostile.length + 1)
    expect(dead.findLast((one) => one.job)).toMatchObject({ job, payload: job, code: 'delivery-limit' })
    expectAllDead(dead.filter((one) => !one.job))
    await until(() => isEmpty(DEAD_QUEUE))
    expectNoFault()
  })

  it('When they expire in a retry queue, then each is dead, and a job behind them is done', async () => {
    const [dead, done] = [bury(), work()]
    for (const priority of priorities) {
      const job = newJob()
      const messages = [...hostile.map(([, message]) => message), { content: contentOf(job) }]
      const expiring = messages.map(({ content, properties: sent }) => ({
        content,
        properties: { ...sent, expiration: '50' },
      }))
      await send('', retryQueue(priority, retryTiers[0]), expiring)
      await until(() => dead.length === hostile.length && done.includes(job.versionId))
      expectAllDead(dead.splice(0))
    }
    expectNoFault()
  })

  it('When they never expire in a retry queue, then they are moved, and the retries behind them return', async () => {
    const [dead, done] = [bury(), work()]
    const queues = openRetryQueues(broker)
    const jobs: RenderJob[] = []
    const sent = hostile.map(([, message]) => message)
    for (const priority of priorities) {
      for (const tier of retryTiers) {
        const job = newJob()
        jobs.push(job)
        const late = { content: contentOf('late'), properties: { expiration: `${2 * tier.ms}` } }
        const retry = { content: contentOf(job), properties: { expiration: '3000' } }
        await send('', retryQueue(priority, tier), [...(tier.name === '5s' ? sent : []), late, retry])
      }
    }
    const expected = priorities.length * (sent.length + retryTiers.length)
    const versions = jobs.map(({ versionId }) => versionId).toSorted()
    let moved = 0
    await soon(async () => {
      moved += await queues.free(new AbortController().signal)
      expect({ moved, dead: dead.length, done: done.toSorted() }).toEqual({
        moved: expected,
        dead: expected,
        done: versions,
      })
    })
    for (const one of dead) expect(JSON.stringify(one).length).toBeLessThan(20_000)
    await queues.close()
    expectNoFault()
  })

  it('When the headers have more levels than amqplib can decode, then the message is read without headers', async () => {
    const [dead, done] = [bury(), work()]
    const jobs = [newJob(), newJob()]
    for (const queue of [DEAD_QUEUE, jobQueue('interactive')]) {
      await publishRaw(vhost.url, queue, Buffer.from('?'), nestedLists(6_000))
      await publishRaw(vhost.url, queue, Buffer.alloc(0), nestedLists(5_000))
    }
    for (const job of jobs) await publishRaw(vhost.url, jobQueue('interactive'), contentOf(job), nestedLists(6_000))
    await until(() => dead.length === 4 && done.length === 2)
    expect(done).toEqual(expect.arrayContaining(jobs.map(({ versionId }) => versionId)))
    await until(async () => (await isEmpty(jobQueue('interactive'))) && isEmpty(DEAD_QUEUE))
    expectNoFault()
  })

  const notJobs = Array.from({ length: 12 }, (_, number) => ({ content: contentOf(`not a job ${number}`) }))

  it('When 12 jobs cannot be stored, then dead jobs behind them are stored', async () => {
    const [jobs, unstorable] = [[newJob(), newJob()], Array.from({ length: 12 }, newJob)]
    const stored: RenderJob[] = []
    const handle = async ({ job }: DeadJob): Promise<void> => {
      if (!job || unstorable.some(({ versionId }) => versionId === job.versionId))
        throw new Error('Cannot store the job')
      stored.push(job)
    }
    consumers.push(consumeDead(broker, { handle }))
    await send(
      EXCHANGE,
      'dead',
      [...unstorable, ...jobs].map((job) => ({ content: contentOf(job) })),
    )
    await until(() => stored.length === jobs.length)
    expect(stored).toEqual(expect.arrayContaining(jobs))
    expect(eventsOf('dead-job.dropped')).toEqual([])
    await consumers.pop()?.stop(5_000)
    const dead = bury()
    await until(() => dead.length === unstorable.length)
  })

  it('When messages that are not jobs cannot be stored, then each is dropped after five tries', async () => {
    const tried = new Map<string, number[]>()
    const handle = async ({ id }: DeadJob, failures: number): Promise<void> => {
      tried.set(id, [...(tried.get(id) ?? []), failures])
      throw new Error('Cannot store the message')
    }
    consumers.push(consumeDead(broker, { handle }))
    await send(EXCHANGE, 'dead', notJobs)
    await until(() => eventsOf('dead-job.dropped').length === notJobs.length)
    expect([...tried.values()]).toEqual(notJobs.map(() => [0, 1, 2, 3, 4]))
    await until(() => isEmpty(DEAD_QUEUE))
  })

  it('When a job cannot be stored, then it is tried until it is stored', async () => {
    const failures: number[] = []
    const handle = async (_dead: DeadJob, count: number): Promise<void> => {
      failures.push(count)
      if (count < 5) throw new Error('Cannot store the job')
    }
    consumers.push(consumeDead(broker, { handle }))
    await send(EXCHANGE, 'dead', [{ content: contentOf(newJob()) }])
    await until(() => failures.length === 6)
    expect(failures).toEqual([0, 1, 2, 3, 4, 5])
    await until(() => isEmpty(DEAD_QUEUE))
  })

  it('When the database is unavailable for longer than five tries, then no message is dropped', async () => {
    const tries = new Map<string, number>()
    const stored: string[] = []
    const handle = async ({ id }: DeadJob, failures: number): Promise<void> => {
      expect(failures).toBe(0)
      const count = (tries.get(id) ?? 0) + 1
      tries.set(id, count)
      if (count <= 5) throw new TransientError('The database is unavailable')
      stored.push(id)
    }
    consumers.push(consumeDead(broker, { handle }))
    await send(EXCHANGE, 'dead', notJobs.slice(0, 3))
    await until(() => stored.length === 3)
    expect(new Set(stored).size).toBe(3)
    await until(() => isEmpty(DEAD_QUEUE))
  })

  it('When the consumer stops while messages wait, then they stay in the queue', async () => {
    const tried = new Set<string>()
    const handle = async ({ id }: DeadJob): Promise<void> => {
      tried.add(id)
      throw new Error('Cannot store the message')
    }
    const consumer = consumeDead(broker, { handle })
    await send(EXCHANGE, 'dead', notJobs)
    await until(() => tried.size === notJobs.length)
    await consumer.stop(5_000)
    await until(async () => (await queueDepth(vhost, DEAD_QUEUE)) === notJobs.length)
    const dead = bury()
    await until(() => dead.length === notJobs.length)
  })
})
