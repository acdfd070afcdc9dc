import { createHash, type Hash } from 'node:crypto'

import type { Channel, ChannelModel } from 'amqplib'

import { headers, MAX_JOB_BYTES } from './contract.ts'

/** AMQP 0-9-1, 2.3: a frame has 7 bytes before its payload (type, channel, size) and one byte after it. */
const BEFORE_PAYLOAD = 7
const AROUND_PAYLOAD = 8
const HEADER_FRAME = 2
/** AMQP 0-9-1, 2.3.5.2: the class and the size of the content, which precede the flags of the properties. */
const BEFORE_PROPERTIES = 12

/** One byte more than a job can have, so that the beginning of a longer message is never a job. */
const KEPT_BYTES = MAX_JOB_BYTES + 1

/** The part of amqplib's connection that reads frames. Its type declarations do not contain it. */
interface FrameReader {
  stream: { read(): Buffer | null }
  /** Received bytes that are not read yet. */
  rest: Buffer
  /** For the heartbeat: whether bytes were received since the last check. */
  recvSinceLastCheck: boolean
  /** Returns the next frame, or false until it is received. */
  recvFrame(): Frame | false
}

type Frame = MethodFrame | HeaderFrame | BodyFrame
interface MethodFrame {
  channel: number
}
interface HeaderFrame extends MethodFrame {
  /** The size of the message. */
  size: number
  fields: { headers?: Record<string, unknown> }
}
interface BodyFrame extends MethodFrame {
  content: Buffer
}

/**
 * Limits the memory that the messages of a connection can use, and delivers messages whose headers cannot be decoded.
 *
 * - Of a message that is longer than a job, only the beginning is kept, with its size and its hash in the headers `x-bytes`
 *   and `x-sha256`. RabbitMQ 3 accepts messages of 128 MiB.
 * - amqplib decodes nested headers recursively, so 5,000 levels overflow the stack. It then closes the connection, and the
 *   broker delivers the message again, without end. Such a message is delivered without properties.
 */
export function limitMessages({ connection }: ChannelModel): void {
  const reader = connection as Channel['connection'] & FrameReader
  const receive = tolerateHeaders(reader)
  const limit = createLimiter()
  reader.recvFrame = () => {
    for (;;) {
      const frame = receive()
      const limited = frame && limit(frame)
      if (limited !== null) return limited
    }
  }
}

/** A message whose frames are being received. */
interface LongMessage {
  /** amqplib holds this object until it has received the content. */
  messageHeaders: Record<string, unknown>
  missingBytes: number
  kept: Buffer
  hash: Hash
}

/** @returns a function that returns the frame to deliver in place of a received frame, or null for none */
function createLimiter(): (frame: Frame) => Frame | null {
  const longMessages = new Map<number, LongMessage>()
  return (frame) => {
    if ('size' in frame) {
      longMessages.delete(frame.channel)
      if (frame.size <= KEPT_BYTES) return frame
      const messageHeaders: Record<string, unknown> = { ...frame.fields.headers, [headers.bytes]: frame.size }
      const message = { messageHeaders, missingBytes: frame.size, kept: Buffer.alloc(0), hash: createHash('sha256') }
      longMessages.set(frame.channel, message)
      return { ...frame, size: KEPT_BYTES, fields: { ...frame.fields, headers: messageHeaders } }
    }
    const message = longMessages.get(frame.channel)
    if (!('content' in frame) || !message) return frame
    message.hash.update(frame.content)
    message.missingBytes -= frame.content.length
    message.kept = Buffer.concat([message.kept, frame.content.subarray(0, KEPT_BYTES - message.kept.length)])
    if (message.missingBytes > 0) return null
    message.messageHeaders[headers.sha256] = message.hash.digest('hex')
    longMessages.delete(frame.channel)
    return { ...frame, content: message.kept }
  }
}

/** @returns amqplib's function that receives a frame, for headers that it can decode or not */
function tolerateHeaders(reader: FrameReader): () => Frame | false {
  const receive = reader.recvFrame.bind(reader)
  return () => {
    if (!receiveWholeFrame(reader)) return false
    const received = reader.rest
    try {
      return receive()
    } catch (error) {
      if (received[0] !== HEADER_FRAME) throw error
      reader.rest = Buffer.concat([withoutProperties(received), received.subarray(lengthOf(received))])
      return receive()
    }
  }
}

function receiveWholeFrame(reader: FrameReader): boolean {
  while (reader.rest.length < BEFORE_PAYLOAD || reader.rest.length < lengthOf(reader.rest)) {
    const incoming = reader.stream.read()
    if (incoming === null) return false
    reader.recvSinceLastCheck = true
    reader.rest = Buffer.concat([reader.rest, incoming])
  }
  return true
}

function lengthOf(frame: Buffer): number {
  return AROUND_PAYLOAD + frame.readUInt32BE(3)
}

/** The same header frame with the flags of no property. */
function withoutProperties(frame: Buffer): Buffer {
  const noProperties = 2
  const empty = Buffer.alloc(AROUND_PAYLOAD + BEFORE_PROPERTIES + noProperties)
  frame.copy(empty, 0, 0, BEFORE_PAYLOAD + BEFORE_PROPERTIES)
  empty.writeUInt32BE(BEFORE_PROPERTIES + noProperties, 3)
  empty.writeUInt8(0xce, empty.length - 1)
  return empty
}
