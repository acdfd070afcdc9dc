import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startRabbit, type RabbitServer } from '@likeness/local-servers'
import { DEAD_QUEUE, EXCHANGE, jobQueue } from '@likeness/media-jobs'
import { runCommandOf, runNpmScript } from '@likeness/test-kit'
import { connect, type ConfirmChannel } from 'amqplib'

// A separate broker, because the users of a broker are the same in every virtual host.
let rabbit: RabbitServer
beforeAll(async () => {
  rabbit = await startRabbit({ name: 'broker-setup', port: 'free', managementPort: 'free' })
})
afterAll(() => rabbit?.remove())

const passwords = { RABBITMQ_SERVICE_PASSWORD: 'a-service-password', RABBITMQ_WORKER_PASSWORD: 'a-worker-password' }
const setUp = (changed: Record<string, string> = {}) =>
  runCommandOf('broker:setup', [], {
    AMQP_URL: rabbit.url,
    RABBITMQ_MANAGEMENT_URL: new URL(rabbit.managementUrl).origin,
    ...passwords,
    ...changed,
  })

/** The URL of the broker with another user. */
const urlOf = (user: string, password: string): string =>
  Object.assign(new URL(rabbit.url), { username: user, password }).href

async function inChannel<T>(url: string, work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connect(url)
  connection.on('error', () => undefined)
  try {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => undefined)
    return await work(channel)
  } finally {
    await connection.close()
  }
}

const manage = async (method: string, path: string, body?: object): Promise<unknown> => {
  const { origin, username, password } = new URL(rabbit.managementUrl)
  const response = await fetch(origin + path, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return text ? JSON.parse(text) : null
}

const canLogIn = (user: string, password: string): Promise<boolean> =>
  inChannel(urlOf(user, password), async () => true).catch(() => false)

describe('npm run broker:setup', () => {
  afterEach(async () => {
    for (const user of ['medias-service', 'media-worker']) await manage('DELETE', `/api/users/${user}`)
  })

  it('When the broker is empty, then it declares the queues and creates both users', async () => {
    const { code, output } = await runNpmScript('broker:setup', [], {
      AMQP_URL: rabbit.url,
      RABBITMQ_MANAGEMENT_URL: new URL(rabbit.managementUrl).origin,
      ...passwords,
    })
    expect([code, output]).toEqual([
      0,
      'The exchange and the queues are declared.\n' +
        'The user medias-service has its password and its rights.\n' +
        'The user media-worker has its password and its rights.\n',
    ])
    await inChannel(urlOf('medias-service', 'a-service-password'), (channel) => channel.get(DEAD_QUEUE))
    await inChannel(urlOf('media-worker', 'a-worker-password'), (channel) => channel.get(jobQueue('bulk')))
  })

  it('When it runs again, then messages stay, passwords change, and rights that were added are removed', async () => {
    await setUp()
    await inChannel(rabbit.url, async (channel) => {
      channel.publish(EXCHANGE, 'bulk', Buffer.from('{}'), { persistent: true })
      await channel.waitForConfirms()
    })
    await manage('PUT', '/api/users/media-worker', { password: 'a-worker-password', tags: 'administrator' })
    await manage('PUT', '/api/permissions/%2F/media-worker', { configure: '.*', write: '.*', read: '.*' })

    expect((await setUp({ RABBITMQ_WORKER_PASSWORD: 'another-password' })).code).toBe(0)

    expect(await canLogIn('media-worker', 'a-worker-password')).toBe(false)
    const url = urlOf('media-worker', 'another-password')
    expect(await manage('GET', '/api/users/media-worker')).toMatchObject({ tags: [] })
    expect(await inChannel(url, (channel) => channel.get(jobQueue('bulk'), { noAck: true }))).toMatchObject({
      fields: { routingKey: 'bulk' },
    })
    await expect(inChannel(url, (channel) => channel.deleteQueue(jobQueue('bulk')))).rejects.toThrow('ACCESS_REFUSED')
  })

  it('When there is no management URL or no password, then it declares the queues and leaves the users as they are', async () => {
    await setUp()
    const kept = { RABBITMQ_SERVICE_PASSWORD: 'unused-password', RABBITMQ_MANAGEMENT_URL: '' }
    expect((await setUp(kept)).output).toBe('The exchange and the queues are declared.\n')
    expect(await canLogIn('medias-service', 'a-service-password')).toBe(true)
    expect((await setUp({ RABBITMQ_SERVICE_PASSWORD: '' })).output).not.toContain('medias-service')
    expect(await canLogIn('medias-service', 'a-service-password')).toBe(true)
  })

  it('When the virtual host has another name, then the rights are for this virtual host', async () => {
    await manage('PUT', '/api/vhosts/pictures%2Flikeness')
    expect((await setUp({ AMQP_URL: `${rabbit.url}/pictures%2Flikeness` })).code).toBe(0)
    const url = `${urlOf('media-worker', 'a-worker-password').replace(/\/$/, '')}/pictures%2Flikeness`
    expect(await inChannel(url, (channel) => channel.get(jobQueue('express')))).toBe(false)
    expect(await canLogIn('media-worker', 'a-worker-password')).toBe(false)
  })

  it('When the user may not declare, the password is wrong, or a queue has other arguments, then it says so and exits with 1', async () => {
    await setUp()
    const refused = await setUp({ AMQP_URL: urlOf('media-worker', 'a-worker-password') })
    expect(refused).toEqual({ code: 1, output: expect.stringMatching(/^broker:setup: .*ACCESS_REFUSED.*\n$/) })
    const unknown = await setUp({ AMQP_URL: urlOf('guest', 'wrong') })
    expect(unknown).toEqual({ code: 1, output: expect.stringMatching(/^broker:setup: .*ACCESS-REFUSED/) })
    const invalid = await setUp({ AMQP_URL: 'http://127.0.0.1' })
    expect(invalid).toEqual({ code: 1, output: expect.stringContaining('AMQP_URL must be a URL such as') })

    await inChannel(rabbit.url, async (channel) => {
      await channel.deleteQueue(DEAD_QUEUE)
      await channel.assertQueue(DEAD_QUEUE)
    })
    expect(await setUp()).toEqual({
      code: 1,
      output: expect.stringMatching(/^broker:setup: .*PRECONDITION_FAILED.*\n$/),
    })
    await inChannel(rabbit.url, (channel) => channel.deleteQueue(DEAD_QUEUE))
  })
})
