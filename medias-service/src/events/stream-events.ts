import { once } from 'node:events'

import type { Scope } from '@likeness/service-kit/identity'
import { timeLimit, type Caller } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'

import type { Context } from '../context.ts'
import { readableMedia } from '../media/media-access.ts'
import { presentEvent } from './event-presenter.ts'
import { readMediaEvents, type EventCursor } from './event-rows.ts'

const BATCH = 200
/** An end of rights is felt within 5 s: of the token's, and of those to the media. Proxies want a byte a minute. */
const LOOK_AT_TOKEN_MS = 2_000
const LOOK_AT_MEDIA_MS = 4_000
/** A client that does not read for so long has gone. */
const STALLED_MS = 30_000

interface Reader {
  caller: Caller | undefined
  scope: Scope | 'none'
  after: EventCursor
}

/** Writes the events of a media to a response whose head is sent, until the client, the right, or this service goes. */
export async function streamEvents(
  context: Context,
  { request, response }: { request: Request; response: Response },
  mediaId: string,
  { caller, scope, after }: Reader,
): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  response.once('close', end)
  context.events.stopping.addEventListener('abort', end)
  const rings = new EventTarget()
  let rung = false
  const unsubscribe = context.events.subscribe(mediaId, () => {
    rung = true
    rings.dispatchEvent(new Event('ring'))
  })
  const looking = setInterval(() => void holdsToken(context, request).then((holds) => holds || end()), LOOK_AT_TOKEN_MS)

  try {
    response.write(': events of a media\n\n')
    for (let cursor = after; !ended.signal.aborted;) {
      rung = false
      const rows = await readMediaEvents(context.mediasdb, mediaId, cursor, BATCH)
      // What happens after the right has ended is nobody's: it is looked at before anything is told.
      await readableMedia(context, mediaId, { caller, scope })
      for (const row of rows) await write(response, presentEvent(mediaId, row, scope), ended.signal)
      cursor = rows.at(-1) ?? cursor
      if (rows.length === BATCH || rung) continue
      const isQuiet = !(await ring(rings, ended.signal))
      if (isQuiet && !ended.signal.aborted) await write(response, ': here\n\n', ended.signal)
    }
  } catch (error) {
    // The head is sent: all that can be told is that it ends here. The client comes again, and hears why.
    context.logger.debug({ event: 'events.ended', mediaId, error })
  } finally {
    clearInterval(looking)
    unsubscribe()
    context.events.stopping.removeEventListener('abort', end)
    response.end()
  }
}

/** Whether the token that opened the stream is still one. */
function holdsToken({ tokens }: Context, request: Request): Promise<boolean> {
  return new Promise((resolve) => {
    void tokens.user(request, request.res as Response, (refusal?: unknown) => resolve(refusal === undefined))
  })
}

/** @returns false when nothing rang. */
async function ring(rings: EventTarget, ended: AbortSignal): Promise<boolean> {
  return once(rings, 'ring', { signal: timeLimit(LOOK_AT_MEDIA_MS, ended) }).then(
    () => true,
    () => false,
  )
}

/** @throws when a client does not read on. */
async function write(response: Response, text: string, ended: AbortSignal): Promise<void> {
  if (response.write(text)) return
  await once(response, 'drain', { signal: timeLimit(STALLED_MS, ended) })
}
