import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startRabbit, type RabbitServer } from '@likeness/local-servers'
import { EXCHANGE, jobQueue } from '@likeness/media-jobs'
import { createLogger, type BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { createContext, type Context } from '../src/context.ts'
import { enqueueRender } from '../src/outbox/outbox-rows.ts'
import { startRelay } from '../src/outbox/relay.ts'
import { HELD, drawPicture, startMedias, type MediasUnderTest } from './medias-under-test.ts'

const queue = jobQueue('interactive')

const waiting = async ({ rows }: MediasUnderTest) => Number((await rows('SELECT count(*) AS n FROM outbox'))[0]?.['n'])
const upload = async (medias: MediasUnderTest) =>
  (await medias.somebody().upload({ bytes: await drawPicture() })).status
const soon = (attempt: () => Promise<void>, limitMs = 15_000) => eventually(attempt, { limitMs })

describe('When the relay publishes the outbox', () => {
  let medias: MediasUnderTest
  const relays: BackgroundTask[] = []
  const others: Context[] = []

  beforeAll(async () => {
    medias = await startMedias()
    await soon(async () => expect(medias.context.publisher.isReady()).toBe(true))
  })
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()))
    await inChannel((channel) => channel.purgeQueue(queue))
    await medias.rows('DELETE FROM outbox')
  })
  afterAll(async () => {
    await Promise.all(others.map((context) => context.close()))
    await medias?.stop()
  })

  const relay = (context = medias.context) => {
    // A process has one relay, which registers its metrics once.
    context.metrics.clear()
    relays.push(startRelay(context))
  }
  const inChannel = async (work: (channel: Channel) => Promise<unknown>) => {
    const kept = medias.context.broker.keepChannel(async () => undefined)
    await soon(async () => expect(kept.current()).not.toBeNull())
    await work(kept.current() as Channel)
    await kept.close()
  }
  type Channel = NonNullable<ReturnType<ReturnType<Context['broker']['keepChannel']>['current']>>
  const enqueue = (count: number) =>
    medias.context.mediasdb.transaction(async (unit) => {
      for (let index = 0; index < count; index++) {
        await enqueueRender(unit, { mediaId: uuidv7(), versionId: uuidv7() })
      }
    }, HELD)

  it('then the job of an upload is published immediately, and its row is deleted', async () => {
    relay()
    expect(await upload(medias)).toBe(201)
    await soon(async () => expect(await queueDepth(medias.vhost, queue)).toBe(1), 5_000)
    await soon(async () => expect(await waiting(medias)).toBe(0), 5_000)
  })

  it('then two relays publish each row once', async () => {
    await enqueue(450)
    const { environment } = medias.context
    const other = await createContext(environment, createLogger({ service: 'medias-service', level: 'silent' }))
    others.push(other)
    await soon(async () => expect(other.publisher.isReady()).toBe(true))
    relay()
    relay(other)
    await soon(async () => expect(await waiting(medias)).toBe(0))
    expect(await queueDepth(medias.vhost, queue)).toBe(450)
  })

  it('then a row that another relay has leased is not published until the lease expires', async () => {
    await enqueue(2)
    await medias.rows(
      `UPDATE outbox SET lease_until = now() + interval '1 hour' WHERE id = (SELECT min(id) FROM outbox)`,
    )
    await medias.rows(`UPDATE outbox SET lease_until = now() - interval '1 s' WHERE lease_until IS NULL`)
    relay()
    await soon(async () => expect(await waiting(medias)).toBe(1))
    await medias.rows('UPDATE outbox SET lease_until = now()')
    await soon(async () => expect(await waiting(medias)).toBe(0))
    expect(await queueDepth(medias.vhost, queue)).toBe(2)
  })

  it('then a message that no queue accepts stays in the outbox until a queue accepts it', async () => {
    await inChannel((channel) => channel.unbindQueue(queue, EXCHANGE, 'interactive'))
    relay()
    expect(await upload(medias)).toBe(201)
    await soon(async () => {
      expect(await medias.rows('SELECT last_error FROM outbox')).toEqual([
        { last_error: expect.stringMatching('returned') },
      ])
    })
    await inChannel((channel) => channel.bindQueue(queue, EXCHANGE, 'interactive'))
    await soon(async () => expect(await waiting(medias)).toBe(0))
    expect(await queueDepth(medias.vhost, queue)).toBe(1)
  })

  it('then jobs are still published after the listener loses its connection', async () => {
    relay()
    const cut = () =>
      medias.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'listen outbox' AND datname = current_database()`)
    await soon(async () => expect(await cut()).toHaveLength(1))
    expect(await upload(medias)).toBe(201)
    await soon(async () => expect(await queueDepth(medias.vhost, queue)).toBe(1))
  })
})

describe('When the broker is killed', () => {
  let rabbit: RabbitServer
  let medias: MediasUnderTest
  let relay: BackgroundTask

  beforeAll(async () => {
    rabbit = await startRabbit({ name: 'test-outbox-rabbitmq', port: 'free', managementPort: 'free' })
    medias = await startMedias({ amqpUrl: rabbit.url })
    // A new node needs some seconds to declare all queues for the first time, and many on a busy machine.
    await soon(async () => expect(medias.context.publisher.isReady()).toBe(true), 60_000)
    relay = startRelay(medias.context)
  })
  afterAll(async () => {
    await relay?.stop()
    await medias?.stop()
    await rabbit?.remove()
  })

  it('then uploads still succeed, and every job is published when the broker is available again', async () => {
    await upload(medias)
    await soon(async () => expect(await queueDepth(rabbit, queue)).toBe(1))
    await rabbit.kill()

    expect(await Promise.all([upload(medias), upload(medias), upload(medias)])).toEqual([201, 201, 201])
    const ready = await fetch(`${medias.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(JSON.stringify(await ready.json())).toMatch('rabbitmq')
    expect(await waiting(medias)).toBe(3)

    await rabbit.start()
    await soon(async () => expect(await waiting(medias)).toBe(0), 60_000)
    expect(await queueDepth(rabbit, queue)).toBe(4)
  })
})
