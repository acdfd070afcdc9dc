import { once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

import type { Mediasdb } from '@likeness/mediasdb'
import { repeat, timeLimit, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

import { isInScope, isReadable } from '../media/media-access.ts'
import type { MediaAccess } from '../media/media-rows.ts'
import type { AccessReader } from './access-reader.ts'
import { presentEvent } from './event-presenter.ts'
import { readEventsAfter, type EventRow } from './event-rows.ts'
import { endStream, isWritable, writeEvents, type EventStream, type WrittenEvent } from './event-stream.ts'

/** Maximum number of positions in one statement, and of events after each position. */
const POSITIONS = 50
const BATCH = 100
/** Number of streams that are written before other requests get a turn: 100 writes take a few milliseconds. */
const WRITES_PER_TURN = 100
const RETRY_MS = 1_000
const IDLE_MS = 2_000

/** Reads events and writes them to streams. */
export interface EventDelivery {
  /** Reads the events after the cursor of the stream, and writes them. */
  wake(stream: EventStream): void
  /** Starts the delivery to the streams that were woken. */
  start(): BackgroundTask
}

interface DeliveryOptions {
  mediasdb: Mediasdb
  readAccess: AccessReader
  logger: Logger
}

/** Streams at one position: they get the same events. */
type Group = [EventStream, ...EventStream[]]

/**
 * Delivers events to all streams of this process. Streams of one media that have the same last event share a read. A
 * stream that is behind, because it continues after an earlier event or its client reads slowly, has a position of its own
 * until it has caught up. One statement reads many positions, and only one statement runs at a time.
 */
export function createEventDelivery({ mediasdb, readAccess, logger }: DeliveryOptions): EventDelivery {
  const due = new Set<EventStream>()
  const wakeUps = new EventTarget()
  const wake = (stream: EventStream) => {
    due.add(stream)
    wakeUps.dispatchEvent(new Event('wake'))
  }

  async function deliver(stopping: AbortSignal): Promise<number | void> {
    const groups = takeGroups(due)
    try {
      await deliverTo(groups)
    } catch (error) {
      for (const stream of groups.flat()) due.add(stream)
      await pause(RETRY_MS, undefined, { signal: stopping }).catch(() => undefined)
      throw error
    }
  }

  async function deliverTo(groups: Group[]): Promise<void> {
    if (groups.length === 0) return
    const positions = groups.map(([{ mediaId, cursor }]) => ({ mediaId, ...cursor }))
    const events = await readEventsAfter(mediasdb, positions, BATCH)
    const news = groups.flatMap((group, index) => {
      const rows = events.get(index)
      return rows ? [{ group, rows }] : []
    })
    // Check the permission between reading and writing: events from after the loss of access must not be sent.
    const access = await Promise.all(news.map(({ group: [{ mediaId }] }) => readAccess(mediaId)))
    for (const [index, { group, rows }] of news.entries()) await writeTo(group, rows, access[index])
  }

  async function writeTo(group: Group, rows: EventRow[], media: MediaAccess | undefined): Promise<void> {
    const textsFor = textsOf(group[0].mediaId, rows)
    for (const [index, stream] of group.entries()) {
      if (index % WRITES_PER_TURN === WRITES_PER_TURN - 1) await nextTurn()
      if (!isReadable(media, stream)) {
        endStream(stream)
        continue
      }
      const isWhole = writeEvents(stream, textsFor(isInScope(media, stream.caller, stream.scope)), () => wake(stream))
      if (isWhole && rows.length === BATCH) wake(stream)
    }
  }

  return {
    wake,
    start: () =>
      repeat({
        work: deliver,
        everyMs: IDLE_MS,
        listener: {
          async wait(limitMs, stopping) {
            if (due.size > 0) return
            await once(wakeUps, 'wake', { signal: timeLimit(limitMs, stopping) }).catch(() => undefined)
          },
        },
        onError: (error) => logger.debug({ event: 'events.not-delivered', error }),
      }),
  }
}

/** Removes streams from the set, grouped by position. Streams at further positions stay for the next statement. */
function takeGroups(due: Set<EventStream>): Group[] {
  const groups = new Map<string, Group>()
  for (const stream of due) {
    // The stream has ended, or it is woken again when its client has read what was written.
    if (!isWritable(stream)) {
      due.delete(stream)
      continue
    }
    const position = `${stream.mediaId} ${stream.cursor.xid} ${stream.cursor.id}`
    const group = groups.get(position)
    if (group) group.push(stream)
    else if (groups.size < POSITIONS) groups.set(position, [stream])
    else continue
    due.delete(stream)
  }
  return [...groups.values()]
}

/** The texts of events, made once for the readers with details and once for the others. */
function textsOf(mediaId: string, rows: EventRow[]): (withDetails: boolean) => WrittenEvent[] {
  const made = new Map<boolean, WrittenEvent[]>()
  return (withDetails) => {
    const texts =
      made.get(withDetails) ??
      rows.map((row) => ({ xid: row.xid, id: row.id, text: presentEvent(mediaId, row, { withDetails }) }))
    made.set(withDetails, texts)
    return texts
  }
}
