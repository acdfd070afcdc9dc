import type { Scope } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'

import type { EventCursor } from './event-rows.ts'

/** A stream whose client has not read the written bytes for this long is closed. */
const STALLED_MS = 30_000
/** The buffer of a stream is full at this number of bytes: 100 events and more, because an event has about 300 bytes. */
const BUFFER_BYTES = 65_536
/** Proxies close a connection without bytes, usually after a minute. */
const COMMENT_MS = 15_000

/** The caller who opened a stream. */
export interface Reader {
  caller: Caller | undefined
  /** The scope of the caller's permission `media:read`. */
  scope: Scope | 'none'
}

/** An open response to which the events of one media are written. Times are by a monotonic clock (`performance.now()`). */
export interface EventStream extends Reader {
  readonly mediaId: string
  readonly request: Request
  readonly response: Response
  /** The last event that was written. */
  cursor: EventCursor
  /** The time of the last write. */
  writtenAt: number
  /** The time until which the client must have read the written bytes; undefined if it has. */
  readUntil: number | undefined
  /** Whether nothing may be written any more. */
  isEnding: boolean
}

/** An event with its text for one group of readers. */
export interface WrittenEvent extends EventCursor {
  text: string
}

/**
 * Writes events until the buffer of the stream is full. The rest is read again after `onDrain`, from the cursor of the
 * stream.
 *
 * @returns whether all events were written
 */
export function writeEvents(stream: EventStream, events: readonly WrittenEvent[], onDrain: () => void): boolean {
  for (const { xid, id, text } of events) {
    if (!isWritable(stream)) return false
    stream.cursor = { xid, id }
    write(stream, text)
    if (stream.response.writableLength >= BUFFER_BYTES) whenDrained(stream, onDrain)
  }
  return true
}

/** Writes a comment if the stream has been silent for long, so that no proxy closes the connection. */
export function keepOpen(stream: EventStream): void {
  if (isWritable(stream) && performance.now() - stream.writtenAt >= COMMENT_MS) write(stream, ': here\n\n')
}

/** Ends the response. The client connects again with the id of the last event, and learns the reason. */
export function endStream(stream: EventStream): void {
  if (stream.isEnding) return
  stream.isEnding = true
  stream.readUntil ??= performance.now() + STALLED_MS
  stream.response.end()
}

/** Closes the connection if the client has stopped reading, because its unread bytes use memory. */
export function closeIfStalled({ readUntil, response }: EventStream): void {
  if (readUntil !== undefined && performance.now() > readUntil) response.destroy()
}

/** Whether the client has read enough to get more bytes. */
export const isWritable = ({ isEnding, readUntil, response }: EventStream) =>
  !isEnding && readUntil === undefined && !response.destroyed

function write(stream: EventStream, text: string): void {
  stream.writtenAt = performance.now()
  stream.response.write(text)
}

function whenDrained(stream: EventStream, onDrain: () => void): void {
  stream.readUntil = performance.now() + STALLED_MS
  stream.response.once('drain', () => {
    if (stream.isEnding) return
    stream.readUntil = undefined
    onDrain()
  })
}
