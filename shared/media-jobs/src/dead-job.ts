import { createHash } from 'node:crypto'

import type { ConsumeMessage } from 'amqplib'

import {
  headers,
  InvalidJobError,
  parseJob,
  UnknownContractError,
  type Job,
  type JobAttempt,
  type Priority,
} from './contract.ts'
import { attemptsOf, priorityInHeaders } from './failed-outcome.ts'
import type { FailureCode } from './failure-codes.ts'
import { digestOf, isBeginning, type MessageDigest } from './message-digest.ts'
import { cleanText } from './message-text.ts'

const CODE_CHARACTERS = 100
const REASON_CHARACTERS = 1_000

/** A job as it was sent, or the description of a message that is not a job. */
type DeadContent =
  | {
      isJob: true
      /** Null when the job has a contract that this build does not know. */
      job: Job | null
      payload: object
    }
  | { isJob: false; job: null; payload: MessageDigest }

/** A dead job, as its message describes it. All its texts are cut, so that it has at most about 30 KiB. */
export type DeadJob = DeadContent & {
  /** UUID of the message, the same for every delivery. */
  id: string
  /** Stable code in kebab-case; `delivery-limit` when the broker dead-lettered the message. */
  code: string
  reason: string
  /** The routing key to which a requeue returns the job. */
  routingKey: Priority
  /** The last attempts, the newest last. */
  attempts: JobAttempt[]
}

/** Reads a message of media.jobs.dead. Every message can be read, whatever its content and its headers. */
export function deadJobOf(message: ConsumeMessage): DeadJob {
  const messageHeaders = message.properties.headers ?? {}
  const code: unknown = messageHeaders[headers.code]
  const reason: unknown = messageHeaders[headers.reason]
  const id: unknown = message.properties.messageId
  return {
    id: typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : idOf(message),
    ...contentOf(message),
    code: typeof code === 'string' ? cleanText(code, CODE_CHARACTERS) : ('delivery-limit' satisfies FailureCode),
    reason:
      typeof reason === 'string'
        ? cleanText(reason, REASON_CHARACTERS)
        : 'The broker delivered the job too many times without an acknowledgement.',
    routingKey: priorityInHeaders(message),
    attempts: attemptsOf(message),
  }
}

/** A UUID (version 8, RFC 9562) derived from the message, the same for every delivery. */
function idOf({ content, properties }: ConsumeMessage): string {
  const hash = createHash('sha256').update(`${properties.messageId}\0${properties.timestamp}\0`).update(content)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function contentOf(message: ConsumeMessage): DeadContent {
  const { content } = message
  try {
    // A beginning that can be parsed would be another message.
    if (isBeginning(message)) throw new InvalidJobError('The message is longer than a job.')
    return { isJob: true, job: parseJob(content), payload: JSON.parse(content.toString('utf8')) }
  } catch (error) {
    if (error instanceof UnknownContractError) return { isJob: true, job: null, payload: error.payload }
    return { isJob: false, job: null, payload: digestOf(message) }
  }
}
