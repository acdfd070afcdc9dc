import type { Channel, ChannelModel } from 'amqplib'

/** AMQP 0-9-1, 2.3: a frame has 7 bytes before its payload (type, channel, size) and one byte after it. */
const BEFORE_PAYLOAD = 7
const AROUND_PAYLOAD = 8
const HEADER_FRAME = 2
/** AMQP 0-9-1, 2.3.5.2: the class and the size of the content, which precede the flags of the properties. */
const BEFORE_PROPERTIES = 12

/** The part of amqplib's connection that reads frames. Its type declarations do not contain it. */
interface FrameReader {
  stream: { read(): Buffer | null }
  /** Received bytes that are not read yet. */
  rest: Buffer
  /** For the heartbeat: whether bytes were received since the last check. */
  recvSinceLastCheck: boolean
  /** Returns the next frame, or false until it is received. */
  recvFrame(): unknown
}

/**
 * Makes a connection deliver messages whose properties amqplib cannot decode, without their properties. amqplib decodes
 * nested headers recursively, so 5,000 levels overflow the stack. It then closes the connection, and the broker delivers
 * the message again, without end.
 */
export function tolerateHeaders({ connection }: ChannelModel): void {
  const reader = connection as Channel['connection'] & FrameReader
  const recvFrame = reader.recvFrame.bind(reader)
  reader.recvFrame = () => {
    if (!receiveWholeFrame(reader)) return false
    const received = reader.rest
    try {
      return recvFrame()
    } catch (error) {
      if (received[0] !== HEADER_FRAME) throw error
      reader.rest = Buffer.concat([withoutProperties(received), received.subarray(lengthOf(received))])
      return recvFrame()
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
