import { connect, type Channel } from 'amqplib'

/** The part of amqplib's connection that sends bytes. Its type declarations do not contain it. */
interface RawConnection {
  sendBytes(bytes: Buffer): void
}

/**
 * Publishes a message to a queue with headers in the encoding of AMQP 0-9-1. amqplib cannot publish headers with many
 * levels, because it encodes them recursively.
 */
export async function publishRaw(url: string, queue: string, content: Buffer, headers: Buffer): Promise<void> {
  const connection = await connect(url)
  const channel = await connection.createChannel()
  const { sendBytes } = connection.connection as Channel['connection'] & RawConnection
  const publish = Buffer.concat([short(60), short(40), short(0), text(''), text(queue), Buffer.of(0)])
  // Class `basic`, weight, size; then the flags of the headers and of the delivery mode 2 (persistent).
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(content.length))
  const flags = short((1 << 13) | (1 << 12))
  const header = Buffer.concat([short(60), short(0), size, flags, withLength(headers), Buffer.of(2)])
  const frames = [frame(1, publish), frame(2, header), ...(content.length > 0 ? [frame(3, content)] : [])]
  sendBytes.call(connection.connection, Buffer.concat(frames))
  // The broker handles a channel's requests in their order, so it has the message when it responds.
  await channel.checkQueue(queue)
  await connection.close()
}

/** Headers with one field that contains lists within lists. */
export function nestedLists(levels: number): Buffer {
  const lists = Buffer.alloc(5 * levels)
  for (let level = 0; level < levels; level++) {
    lists.write('A', 5 * level)
    lists.writeUInt32BE(5 * (levels - level - 1), 5 * level + 1)
  }
  return Buffer.concat([text('nested'), lists])
}

/** A frame of the first channel: type, channel, size, payload, end. */
function frame(type: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), short(1), withLength(payload), Buffer.of(0xce)])
}

function short(number: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(number)
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value)])
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
