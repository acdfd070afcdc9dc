import { z } from 'zod'

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

/** `interactive`: a client waits for the result. `bulk`: regenerations, which never delay an upload. */
export const routingKeys = ['interactive', 'bulk'] as const
export type RoutingKey = (typeof routingKeys)[number]

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
export function retryQueue(routingKey: RoutingKey, tier: RetryTier): string {
  return `${jobQueue(routingKey)}.retry.${tier.name}`
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

/** Headers of a job's message. Times are in ISO 8601. */
export const headers = {
  /** Number of tries before this delivery. */
  tries: 'x-try',
  /** Routing key of the queue that the job came from. */
  queue: 'x-queue',
  code: 'x-code',
  reason: 'x-reason',
  /** The last tries as JSON, as their workers reported them, the newest last. */
  attempts: 'x-attempts',
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
  if (hasOtherContract(payload)) throw new UnknownContractError(payload.contract)
  const parsed = jobSchema.safeParse(payload)
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole message')
    throw new InvalidJobError(`The message is not a valid job. Invalid: ${[...new Set(places)].join(', ')}.`)
  }
  return parsed.data
}

/** The message is not a job, so a retry cannot succeed. */
export class InvalidJobError extends Error {
  override readonly name = 'InvalidJobError'
}

/** A job with a contract version that this build does not know, because its sender is newer or older. */
export class UnknownContractError extends Error {
  override readonly name = 'UnknownContractError'
  readonly contract: unknown

  constructor(contract: unknown) {
    const supported = [...contracts].join(', ')
    super(`The job has the contract version ${JSON.stringify(contract)}. This build supports version ${supported}.`)
    this.contract = contract
  }
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    throw new InvalidJobError('The message is not valid JSON.')
  }
}

function hasOtherContract(payload: unknown): payload is { contract: unknown } {
  return typeof payload === 'object' && payload !== null && 'contract' in payload && !contracts.has(payload.contract)
}
