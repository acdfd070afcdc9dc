import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startRabbit, type RabbitServer } from '@likeness/local-servers'
import { EXCHANGE, jobQueue, parseJob } from '@likeness/media-jobs'
import { createLogger, type BackgroundTask } from '@likeness/service-kit/process'
import { eventually, queueDepth } from '@likeness/test-kit'
import { uuidv7 } from 'uuidv7'

import { createContext, type Context } from '../src/context.ts'
import { enqueueRender } from '../src/outbox/outbox-rows.ts'
import { startRelay } from '../src/outbox/relay.ts'
import { HELD, drawPicture, startMedias, type MediasUnderTest } from './medias-under-test.ts'

const interactive = jobQueue('interactive')
const express = jobQueue('express')

/** The number of messages of interactive jobs, in both of their queues. */
const published = async (broker: Parameters<typeof queueDepth>[0]) =>
  (await queueDepth(broker, interactive)) + (await queueDepth(broker, express))
const waiting = async ({ rows }: MediasUnderTest) => Number((await rows('SELECT count(*) AS n FROM outbox'))[0]?.['n'])
const upload = async (medias: MediasUnderTest) =>
  (await medias.somebody().upload({ bytes: await drawPicture() })).status
const soon = (attempt: () => Promise<void>, limitMs = 60_000) => eventually(attempt, { limitMs })

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
    await inChannel(async (channel) => {
      await channel.purgeQueue(interactive)
      await channel.purgeQueue(express)
    })
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
  const blockedSeconds = async () => {
    const metric = await medias.context.metrics.getSingleMetric('likeness_outbox_blocked_seconds')?.get()
    return metric?.values[0]?.value
  }
  const inChannel = async (work: (channel: Channel) => Promise<unknown>) => {
    const kept = medias.broker.keepChannel()
    await soon(async () => expect(kept.current()).not.toBeNull())
    await work(kept.current() as Channel)
    await kept.close()
  }
  type Channel = NonNullable<ReturnType<ReturnType<Context['broker']['keepChannel']>['current']>>
  /** The ids of the media of all messages in a queue, which are removed. */
  const takeAll = async (channel: Channel, queue: string): Promise<string[]> => {
    const ids: string[] = []
    for (;;) {
      const message = await channel.get(queue, { noAck: true })
      if (!message) return ids
      ids.push(parseJob(message.content).mediaId)
    }
  }
  const enqueue = (count: number) =>
    medias.context.mediasdb.transaction(async (unit) => {
      for (let index = 0; index < count; index++) {
        await enqueueRender(unit, { mediaId: uuidv7(), versionId: uuidv7() })
      }
    }, HELD)

  it('then the job of an upload is published immediately, and its row is deleted', async () => {
    relay()
    expect(await upload(medias)).toBe(201)
    await soon(async () => expect(await published(medias.vhost)).toBe(1), 5_000)
    await soon(async () => expect(await waiting(medias)).toBe(0), 5_000)
  })

  it('then the first job of each owner goes to the express queue, and the others follow in turn', async () => {
    const [hog, guest] = [medias.somebody(), medias.somebody()]
    const uploaded = async (client: typeof hog): Promise<string> =>
      (await client.upload({ bytes: await drawPicture() })).body.id
    const ofHog: string[] = []
    for (let index = 0; index < 12; index++) ofHog.push(await uploaded(hog))
    const ofGuest = [await uploaded(guest), await uploaded(guest), await uploaded(guest)]
    relay()
    await soon(async () => expect(await waiting(medias)).toBe(9))
    await inChannel(async (channel) => {
      expect(new Set(await takeAll(channel, express))).toEqual(new Set([ofHog[0], ofGuest[0]]))
      // The queue is filled up to four jobs: the guest's two, and two of the other owner.
      const filled = await takeAll(channel, interactive)
      expect(filled).toHaveLength(4)
      expect(filled.filter((id) => ofGuest.includes(id))).toEqual(ofGuest.slice(1))
      expect(filled.filter((id) => ofHog.includes(id))).toEqual(ofHog.slice(1, 3))
      const rest: string[] = []
      await soon(async () => {
        rest.push(...(await takeAll(channel, interactive)))
        expect(rest).toEqual(ofHog.slice(3))
      })
    })
  })

  it('then an owner who comes while another owner has jobs waiting is served at once', async () => {
    const [hog, guest] = [medias.somebody(), medias.somebody()]
    for (let index = 0; index < 12; index++) await hog.upload({ bytes: await drawPicture() })
    relay()
    await soon(async () => expect(await waiting(medias)).toBe(7))
    const { id } = (await guest.upload({ bytes: await drawPicture() })).body
    await inChannel(async (channel) => {
      await soon(async () => expect(await takeAll(channel, express)).toContain(id))
    })
    expect(await waiting(medias)).toBe(7)
  })

  it('then bulk jobs do not wait for turns', async () => {
    const bulk = jobQueue('bulk')
    await medias.rows(
      `INSERT INTO outbox (routing_key, payload) SELECT 'bulk', jsonb_build_object('n', n) FROM generate_series(1, 250) n`,
    )
    relay()
    await soon(async () => expect(await queueDepth(medias.vhost, bulk)).toBe(250))
    await inChannel((channel) => channel.purgeQueue(bulk))
  })

  it('then two relays publish each row once', async () => {
    await enqueue(450)
    const { environment } = medias.context
    const other = await createContext(environment, createLogger({ service: 'medias-service', level: 'silent' }))
    others.push(other)
    await soon(async () => expect(other.publisher.isReady()).toBe(true))
    const received: string[] = []
    await inChannel(async (channel) => {
      for (const queue of [interactive, express]) {
        const receive = (message: Parameters<Parameters<Channel['consume']>[1]>[0]) =>
          void received.push(String(message?.properties.messageId))
        await channel.consume(queue, receive, { noAck: true })
      }
      relay()
      relay(other)
      await soon(async () => expect(await waiting(medias)).toBe(0), 60_000)
      await soon(async () => expect(received).toHaveLength(450))
    })
    expect(new Set(received).size).toBe(450)
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
    expect(await published(medias.vhost)).toBe(2)
  })

  it('then a message that no queue accepts stays in the outbox until a queue accepts it', async () => {
    // The relay may retry the job of an owner's first upload in the interactive queue.
    await inChannel(async (channel) => {
      await channel.unbindQueue(express, EXCHANGE, 'express')
      await channel.unbindQueue(interactive, EXCHANGE, 'interactive')
    })
    relay()
    expect(await upload(medias)).toBe(201)
    await soon(async () => {
      expect(await medias.rows('SELECT last_error FROM outbox')).toEqual([
        { last_error: expect.stringMatching('returned') },
      ])
    })
    // The relay starts a round every two seconds. A round does not reset the time.
    await soon(async () => expect(await blockedSeconds()).toBeGreaterThan(3))
    await inChannel(async (channel) => {
      await channel.bindQueue(express, EXCHANGE, 'express')
      await channel.bindQueue(interactive, EXCHANGE, 'interactive')
    })
    await soon(async () => expect(await waiting(medias)).toBe(0))
    expect(await blockedSeconds()).toBe(0)
    expect(await published(medias.vhost)).toBe(1)
  })

  it('then jobs are still published after the listener loses its connection', async () => {
    relay()
    const cut = () =>
      medias.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'listen outbox' AND datname = current_database()`)
    await soon(async () => expect(await cut()).toHaveLength(1))
    expect(await upload(medias)).toBe(201)
    await soon(async () => expect(await published(medias.vhost)).toBe(1))
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
    await soon(async () => expect(await published(rabbit)).toBe(1))
    await rabbit.kill()

    expect(await Promise.all([upload(medias), upload(medias), upload(medias)])).toEqual([201, 201, 201])
    const ready = await fetch(`${medias.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(JSON.stringify(await ready.json())).toMatch('broker')
    expect(await waiting(medias)).toBe(3)

    await rabbit.start()
    await soon(async () => expect(await waiting(medias)).toBe(0), 60_000)
    expect(await published(rabbit)).toBe(4)
  })
})
