import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { DEAD_QUEUE, EXCHANGE, jobQueue, priorities, retryQueue, retryTiers, routingKeys } from '@likeness/media-jobs'
import { createVhost, eventually, logInAs, queueDepth, type TestVhost } from '@likeness/test-kit'
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib'

const users = ['medias-service', 'media-worker'] as const
type User = (typeof users)[number]

/** AMQP's ACCESS_REFUSED. */
const REFUSED = 403

const jobQueues = routingKeys.map(jobQueue)
const retryQueues = priorities.flatMap((priority) => retryTiers.map((tier) => retryQueue(priority, tier)))
const allQueues = [DEAD_QUEUE, ...jobQueues, ...retryQueues]
/** The queues that each user reads. */
const ownQueues: Record<User, string[]> = {
  'medias-service': [DEAD_QUEUE, ...retryQueues],
  'media-worker': jobQueues,
}

describe('a user of the broker', () => {
  let vhost: TestVhost
  const connections = new Map<User, ChannelModel>()
  beforeAll(async () => {
    vhost = await createVhost()
    const administrator = await connect(vhost.url)
    const channel = await administrator.createChannel()
    await channel.assertQueue('foreign')
    await channel.assertExchange('foreign', 'fanout')
    await administrator.close()
    for (const user of users) connections.set(user, await connect(logInAs(user, vhost.url)))
  })
  afterAll(async () => {
    await Promise.all([...connections.values()].map((connection) => connection.close()))
    await vhost?.drop()
  })

  /** Works on a new channel. @returns `done`, or the error code of the broker */
  const outcomeOf = async (user: User, work: (channel: ConfirmChannel) => Promise<unknown>): Promise<unknown> => {
    const channel = await connections.get(user)?.createConfirmChannel()
    if (!channel) throw new Error(`${user} is not connected`)
    const closed = new Promise<unknown>((resolve) => channel.once('error', ({ code }) => resolve(code)))
    try {
      await work(channel)
      await channel.close()
      return 'done'
    } catch {
      return closed
    }
  }
  const publish = (exchange: string, routingKey: string) => (channel: ConfirmChannel) =>
    new Promise<void>((resolve, reject) => {
      const options = { mandatory: true, messageId: randomUUID() }
      // The broker returns a message that no queue accepts, and then confirms it.
      channel.once('return', () => reject(new Error('returned')))
      channel.once('error', reject)
      channel.publish(exchange, routingKey, Buffer.from('{}'), options, (error: unknown) =>
        error instanceof Error ? reject(error) : resolve(),
      )
    })

  it.each(users)('When it is %s, then it reads exactly its own queues', async (user) => {
    for (const queue of [...allQueues, 'foreign']) {
      const expected = ownQueues[user].includes(queue) ? 'done' : REFUSED
      const reading: Record<string, (channel: ConfirmChannel) => Promise<unknown>> = {
        get: (channel) => channel.get(queue, { noAck: true }),
        consume: (channel) => channel.consume(queue, () => undefined),
        purge: (channel) => channel.purgeQueue(queue),
      }
      for (const [verb, work] of Object.entries(reading)) {
        expect([verb, queue, await outcomeOf(user, work)]).toEqual([verb, queue, expected])
      }
    }
  })

  it.each(users)(
    'When it is %s, then it can neither declare, bind nor delete anything, not even as it is',
    async (user) => {
      for (const queue of [...allQueues, 'foreign', 'new']) {
        const changing: Record<string, (channel: ConfirmChannel) => Promise<unknown>> = {
          declare: (channel) => channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } }),
          bind: (channel) => channel.bindQueue(queue, EXCHANGE, 'new'),
          unbind: (channel) => channel.unbindQueue(queue, EXCHANGE, 'interactive'),
          delete: (channel) => channel.deleteQueue(queue),
        }
        for (const [verb, work] of Object.entries(changing)) {
          // A queue that does not exist cannot be bound, and deleting it is refused only by its name.
          if (queue === 'new' && verb !== 'declare') continue
          expect([verb, queue, await outcomeOf(user, work)]).toEqual([verb, queue, REFUSED])
        }
      }
      expect(await outcomeOf(user, (channel) => channel.assertQueue(''))).toBe(REFUSED)
      for (const exchange of [EXCHANGE, 'foreign', 'new']) {
        expect(await outcomeOf(user, (channel) => channel.assertExchange(exchange, 'direct'))).toBe(REFUSED)
      }
      for (const exchange of [EXCHANGE, 'foreign']) {
        expect(await outcomeOf(user, (channel) => channel.deleteExchange(exchange))).toBe(REFUSED)
        expect(await outcomeOf(user, (channel) => channel.bindExchange('foreign', exchange, ''))).toBe(REFUSED)
      }
    },
  )

  it.each(users)('When it is %s, then it publishes to the exchange of the jobs only', async (user) => {
    for (const exchange of ['', 'amq.direct', 'amq.fanout', 'amq.topic', 'foreign']) {
      expect([exchange, await outcomeOf(user, publish(exchange, DEAD_QUEUE))]).toEqual([exchange, REFUSED])
    }
    const administrator = await connect(vhost.url)
    const channel = await administrator.createChannel()
    for (const queue of allQueues) await channel.purgeQueue(queue)
    for (const queue of [...jobQueues, DEAD_QUEUE]) {
      expect(await outcomeOf(user, publish(EXCHANGE, queue.replace('media.jobs.', '')))).toBe('done')
      await eventually(async () => expect(await queueDepth(vhost, queue)).toBe(1), { limitMs: 60_000 })
      await channel.purgeQueue(queue)
    }
    await administrator.close()
  })

  it('When it is a worker, then it publishes retries through the exchange, and they return to the job queue', async () => {
    for (const priority of priorities) {
      for (const tier of retryTiers) {
        const retry = (channel: ConfirmChannel) =>
          new Promise<void>((resolve, reject) => {
            const options = { mandatory: true, expiration: '1', persistent: true, messageId: randomUUID() }
            channel.once('return', () => reject(new Error('returned')))
            channel.publish(EXCHANGE, `${priority}.retry.${tier.name}`, Buffer.from('{}'), options, () => resolve())
          })
        expect(await outcomeOf('media-worker', retry)).toBe('done')
      }
      const count = () => queueDepth(vhost, jobQueue(priority))
      await eventually(async () => expect(await count()).toBe(retryTiers.length), { limitMs: 60_000 })
    }
  })

  it.each(users)('When it is %s, then it can count the messages of every queue', async (user) => {
    for (const queue of allQueues) {
      expect([queue, await outcomeOf(user, (channel) => channel.checkQueue(queue))]).toEqual([queue, 'done'])
    }
  })

  it.each(users)('When it is %s, then the management API refuses it', async (user) => {
    const { managementUrl } = vhost
    const response = await fetch(new URL('/api/users', managementUrl), {
      headers: { authorization: `Basic ${Buffer.from(`${user}:${user}`).toString('base64')}` },
    })
    expect(response.status).toBe(401)
  })
})
