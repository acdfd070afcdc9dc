import { setTimeout as sleep } from 'node:timers/promises'

import { setUpBroker } from '@likeness/media-jobs'
import { runCommand } from '@likeness/service-kit/process'
import { z } from 'zod'

const LIMIT_MS = 60_000
const PAUSE_MS = 500

/** The errors of the system for a server that does not listen yet. */
const STARTING = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'])

const environmentSchema = z.object({
  AMQP_URL: z
    .string()
    .regex(/^amqps?:\/\//, 'must be a URL such as amqp://user:password@host:5672/vhost')
    .default('amqp://127.0.0.1:5672'),
  RABBITMQ_MANAGEMENT_URL: z.url({ protocol: /^https?$/ }).optional(),
  RABBITMQ_SERVICE_PASSWORD: z.string().optional(),
  RABBITMQ_WORKER_PASSWORD: z.string().optional(),
})

/** Repeats the setup while the broker is starting, at most for a minute. */
async function setUpWhenReady(setup: Parameters<typeof setUpBroker>[0]): Promise<string[]> {
  const until = Date.now() + LIMIT_MS
  for (;;) {
    try {
      return await setUpBroker(setup)
    } catch (error) {
      if (!isStarting(error) || Date.now() > until) throw error
      await sleep(PAUSE_MS)
    }
  }
}

/** The errors of `fetch` have the error of the system as their cause. */
function isStarting(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && STARTING.has(String(error.code))) || isStarting(error.cause)
}

await runCommand({
  name: 'broker:setup',
  environment: environmentSchema,
  async run(environment) {
    const users = await setUpWhenReady({
      url: environment.AMQP_URL,
      managementUrl: environment.RABBITMQ_MANAGEMENT_URL,
      passwords: {
        'medias-service': environment.RABBITMQ_SERVICE_PASSWORD,
        'media-worker': environment.RABBITMQ_WORKER_PASSWORD,
      },
    })
    process.stdout.write('The exchange and the queues are declared.\n')
    for (const user of users) process.stdout.write(`The user ${user} has its password and its rights.\n`)
    return 0
  },
})
