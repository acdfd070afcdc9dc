import { z } from 'zod'

/**
 * The job contract, whole: what a job says, where it goes, how it is tried again, and where it ends.
 *
 * A payload carries ids and a contract version, never rows: what is true is in mediasdb at the moment the job runs.
 */
export const CONTRACT = 1

export const renderJobSchema = z.object({
  contract: z.literal(CONTRACT),
  kind: z.literal('render'),
  mediaId: z.uuid(),
  versionId: z.uuid(),
  /** The regeneration that asked for it: which sizes, and whether it was cancelled, is read when the job runs. */
  regenerationId: z.uuid().optional(),
  /** Render what is up to date as well. */
  force: z.literal(true).optional(),
})
export type RenderJob = z.infer<typeof renderJobSchema>

/** `interactive`: somebody waits. `bulk`: regeneration, which never delays an upload. */
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
 * How long a job waits before its next try, by how often it was tried. A queue each: a long wait at the head blocks.
 */
export const retryTiers = [
  { name: '5s', ms: 5_000 },
  { name: '30s', ms: 30_000 },
  { name: '2m', ms: 120_000 },
  { name: '10m', ms: 600_000 },
] as const
export type RetryTier = (typeof retryTiers)[number]

/** The queue in which these jobs wait for their next try; it hands them back to their own queue. */
export function retryQueue(routingKey: RoutingKey, tier: RetryTier): string {
  return `${jobQueue(routingKey)}.retry.${tier.name}`
}

/** About a day of tries at the longest tier; what has not come right by then is for an operator. */
export const MAX_TRIES = 150

/**
 * The tier to wait in after a try.
 *
 * @param tries how often the job was tried, 1 for the first time
 */
export function retryTierAfter(tries: number): RetryTier {
  return retryTiers[Math.min(Math.max(tries, 1), retryTiers.length) - 1] ?? retryTiers[0]
}

/**
 * The wait in milliseconds, within ±20 % of the tier, so that what failed together is not tried together.
 *
 * @param random in [0, 1)
 */
export function jitteredMs(tier: RetryTier, random: number): number {
  return Math.round(tier.ms * (0.8 + 0.4 * random))
}

/** Headers of a job on its way; times are ISO 8601. */
export const headers = {
  /** How often the job was tried before this delivery. */
  tries: 'x-try',
  /** The routing key of the queue it came from. */
  queue: 'x-queue',
  code: 'x-code',
  reason: 'x-reason',
  /** JSON: the tries as their workers told of them, the newest last. */
  attempts: 'x-attempts',
} as const

/** One try of a job, as its worker tells of it. */
export const jobAttemptSchema = z.object({
  worker: z.string(),
  startedAt: z.string(),
  /** Null when its worker went away over it. */
  endedAt: z.string().nullable(),
  error: z.string(),
})
export type JobAttempt = z.infer<typeof jobAttemptSchema>

/**
 * Reads a message's content as a job.
 *
 * @throws UnknownContractError when it speaks another contract's version, InvalidJobError when it is no job at all
 */
export function parseJob(content: Buffer): RenderJob {
  const payload = parseJson(content)
  if (hasOtherContract(payload)) throw new UnknownContractError(payload.contract)
  const parsed = renderJobSchema.safeParse(payload)
  if (!parsed.success) throw new InvalidJobError(z.prettifyError(parsed.error))
  return parsed.data
}

/** Not a job; no try will make it one. */
export class InvalidJobError extends Error {
  override readonly name = 'InvalidJobError'
}

/** A job of a contract that this build does not know: it is newer or older than its sender. */
export class UnknownContractError extends Error {
  override readonly name = 'UnknownContractError'
  readonly contract: unknown

  constructor(contract: unknown) {
    super(`A job of contract ${JSON.stringify(contract)}; this build speaks ${CONTRACT}`)
    this.contract = contract
  }
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    throw new InvalidJobError('The message is not JSON')
  }
}

function hasOtherContract(payload: unknown): payload is { contract: unknown } {
  return typeof payload === 'object' && payload !== null && 'contract' in payload && payload.contract !== CONTRACT
}
