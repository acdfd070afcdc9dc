import { z } from 'zod'

import { cleanText } from './message-text.ts'

/**
 * The contract version of render jobs. This file is the whole contract: the format of a job, its queues, its retries and
 * the dead jobs.
 *
 * A payload contains ids and the contract version, never rows: a job reads the current rows from mediasdb when it runs.
 */
export const CONTRACT = 1

export const renderJobSchema = z.object({
  contract: z.literal(CONTRACT),
  kind: z.literal('render'),
  mediaId: z.uuid(),
  versionId: z.uuid(),
  /** The regeneration that requested the job. Its sizes and its status are read when the job runs. */
  regenerationId: z.uuid().optional(),
  /** Also render sizes that are up to date. */
  force: z.literal(true).optional(),
})
export type RenderJob = z.infer<typeof renderJobSchema>

/**
 * A job of any kind. A new kind has a new contract version, so that an older build reports jobs of this kind as
 * `unknown-contract` and not as `invalid-job`. After the deployment, medias-service requeues these jobs.
 */
const jobSchema = z.discriminatedUnion('kind', [renderJobSchema])
export type Job = z.infer<typeof jobSchema>

/** The contract versions of all kinds. */
const contracts = new Set<unknown>(jobSchema.options.map(({ shape }) => shape.contract.value))

/** The priority of a job. `interactive`: a client waits for the result. `bulk`: regenerations, which never delay an upload. */
export const priorities = ['interactive', 'bulk'] as const
export type Priority = (typeof priorities)[number]

/**
 * The routing keys of the job queues. Each priority has a queue. The queue `express` has interactive jobs too: the next
 * picture of each owner who has had no turn recently, so that nobody waits behind another owner's thousand pictures.
 */
export const routingKeys = ['express', ...priorities] as const
export type RoutingKey = (typeof routingKeys)[number]

/** The priority of the jobs in a queue. It is also the queue to which a job returns after a retry. */
export function priorityOf(routingKey: RoutingKey): Priority {
  return routingKey === 'express' ? 'interactive' : routingKey
}

/**
 * A job has about 200 bytes. A longer message is not a job and is not parsed. Within this limit, JSON has at most 2,048
 * levels, which no recursive function overflows.
 */
export const MAX_JOB_BYTES = 4_096

export const EXCHANGE = 'media.jobs'
export const DEAD_QUEUE = 'media.jobs.dead'
export const DEAD_ROUTING_KEY = 'dead'

/** The queue of jobs with this routing key. */
export function jobQueue(routingKey: RoutingKey): string {
  return `media.jobs.${routingKey}`
}

/**
 * The delays before a retry, by the number of tries. Each delay has its own queue, because in a shared queue a message with
 * a long delay blocks the messages behind it.
 */
export const retryTiers = [
  { name: '5s', ms: 5_000 },
  { name: '30s', ms: 30_000 },
  { name: '2m', ms: 120_000 },
  { name: '10m', ms: 600_000 },
] as const
export type RetryTier = (typeof retryTiers)[number]

/** The queue in which jobs wait for a retry. After the delay, the broker moves them back to the job queue. */
export function retryQueue(priority: Priority, tier: RetryTier): string {
  return `${jobQueue(priority)}.retry.${tier.name}`
}

/**
 * The routing key of a retry queue. A retry goes through the exchange and not directly to its queue: a user who may publish
 * directly to a queue may publish to every queue.
 */
export function retryRoutingKey(priority: Priority, tier: RetryTier): string {
  return `${priority}.retry.${tier.name}`
}

/** About a day of retries in the longest tier. After that, an operator must decide. */
export const MAX_TRIES = 150

/**
 * The tier in which a job waits after a failed try.
 *
 * @param tries number of tries, 1 after the first
 */
export function retryTierAfter(tries: number): RetryTier {
  return retryTiers[Math.min(Math.max(tries, 1), retryTiers.length) - 1] ?? retryTiers[0]
}

/**
 * The delay in milliseconds, within ±20 % of the tier, so that jobs that failed together are not retried together.
 *
 * @param random in [0, 1)
 */
export function jitteredMs(tier: RetryTier, random: number): number {
  return Math.round(tier.ms * (0.8 + 0.4 * random))
}

/** The longest delay in a tier. */
export function maxWaitMs(tier: RetryTier): number {
  return jitteredMs(tier, 1)
}

/** Headers of a job's message. Times are in ISO 8601. */
export const headers = {
  /** Number of tries before this delivery. */
  tries: 'x-try',
  /** Priority of the job. */
  queue: 'x-queue',
  code: 'x-code',
  reason: 'x-reason',
  /** The last tries as JSON, as their workers reported them, the newest last. */
  attempts: 'x-attempts',
  /** The size and the SHA-256 of the whole message, if a worker forwarded only its beginning. */
  bytes: 'x-bytes',
  sha256: 'x-sha256',
} as const

/** A try of a job, as its worker reported it. */
export const jobAttemptSchema = z.object({
  worker: z.string(),
  startedAt: z.string(),
  /** Null when the worker died during the try. */
  endedAt: z.string().nullable(),
  error: z.string(),
})
export type JobAttempt = z.infer<typeof jobAttemptSchema>

/**
 * Reads a message's content as a job.
 *
 * @throws UnknownContractError when the job has another contract version, InvalidJobError when the content is not a job
 */
export function parseJob(content: Buffer): Job {
  const payload = parseJson(content)
  if (hasOtherContract(payload)) throw new UnknownContractError(payload)
  const parsed = jobSchema.safeParse(payload)
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole message')
    throw new InvalidJobError(`The message is not a valid job. Invalid: ${[...new Set(places)].join(', ')}.`)
  }
  return parsed.data
}

/** The length to which the contract version of another build is cut in a message of an error. */
const CONTRACT_CHARACTERS = 40

/** The message is not a job, so a retry cannot succeed. */
export class InvalidJobError extends Error {
  override readonly name = 'InvalidJobError'
}

/** A job with a contract version that this build does not know, because its sender is newer or older. */
export class UnknownContractError extends Error {
  override readonly name = 'UnknownContractError'
  readonly payload: object

  constructor(payload: { contract: number | string }) {
    const supported = [...contracts].join(', ')
    const version = cleanText(String(payload.contract), CONTRACT_CHARACTERS)
    super(`The job has the contract version ${version}. This build supports version ${supported}.`)
    this.payload = payload
  }
}

function parseJson(content: Buffer): unknown {
  if (content.length > MAX_JOB_BYTES) {
    throw new InvalidJobError(`The message is longer than a job, which has at most ${MAX_JOB_BYTES} bytes.`)
  }
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    throw new InvalidJobError('The message is not valid JSON.')
  }
}

function hasOtherContract(payload: unknown): payload is { contract: number | string } {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, 'contract')) return false
  const { contract } = payload as { contract: unknown }
  return (typeof contract === 'number' || typeof contract === 'string') && !contracts.has(contract)
}
