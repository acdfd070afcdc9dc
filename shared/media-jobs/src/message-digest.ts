import { createHash } from 'node:crypto'

import type { Message } from 'amqplib'

import { headers } from './contract.ts'
import { cleanText, decodeUtf8 } from './message-text.ts'

const TEXT_CHARACTERS = 1_000

/** A character of UTF-8 has at most four bytes. */
const TEXT_BYTES = 4 * TEXT_CHARACTERS

/** Describes a message that is not a job, whatever its size and content. */
export interface MessageDigest {
  /** The beginning of the message. */
  text: string
  /** The size of the whole message. */
  bytes: number
  /** The hash of the whole message, in hexadecimal. */
  sha256: string
}

/** Describes a message, of which this process may have only the beginning. */
export function digestOf(message: Message): MessageDigest {
  const { content } = message
  return {
    text: cleanText(decodeUtf8(content, TEXT_BYTES), TEXT_CHARACTERS),
    ...(wholeSizeOf(message) ?? {
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    }),
  }
}

/** Whether the content is only the beginning of a message. Such a message is not a job. */
export function isBeginning(message: Message): boolean {
  return wholeSizeOf(message) !== null
}

function wholeSizeOf({ content, properties }: Message): Pick<MessageDigest, 'bytes' | 'sha256'> | null {
  const bytes: unknown = properties.headers?.[headers.bytes]
  const sha256: unknown = properties.headers?.[headers.sha256]
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes <= content.length) return null
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { bytes, sha256 } : null
}
