import type { Client } from '../client.ts'
import type { Media } from '../generated/models.ts'
import { getMedia } from '../generated/operations.ts'
import { pause } from '../pause.ts'
import { mediaEvents } from './media-events.ts'

/** The sizes of a media could not be rendered. `code` and the message explain it. */
export class MediaFailedError extends Error {
  override readonly name = 'MediaFailedError'
  readonly media: Media
  readonly code: string | undefined

  constructor(media: Media) {
    super(media.currentVersion?.error?.message ?? 'The media could not be processed.')
    this.media = media
    this.code = media.currentVersion?.error?.code
  }
}

/** A browser opens six HTTP/1.1 connections to a host, and other requests need some of them. */
const STREAMS = 3
const POLL_MS = 1_000
const openStreams = /* @__PURE__ */ new WeakMap<Client, number>()

/**
 * Waits until all sizes of a media are rendered, and returns the media. Three media at a time are followed by a stream of
 * events, and the others are read every second.
 *
 * @example
 *   const ready = await whenReady(client, await upload(client, file), { signal: AbortSignal.timeout(60_000) })
 *
 * @throws {MediaFailedError} if the rendering failed
 */
export async function whenReady(
  client: Client,
  media: Pick<Media, 'id' | 'status'>,
  options: { signal?: AbortSignal } = {},
): Promise<Media> {
  const read = async () => {
    const current = await getMedia(client, media.id, options)
    if (current.status === 'failed') throw new MediaFailedError(current)
    return current.status === 'ready' ? current : undefined
  }
  if (media.status !== 'processing') {
    const settled = await read()
    if (settled) return settled
  }
  for (;;) {
    const streams = openStreams.get(client) ?? 0
    if (streams < STREAMS) {
      openStreams.set(client, streams + 1)
      try {
        for await (const { type } of mediaEvents(client, media.id, options)) {
          // The stream starts with earlier events, such as those before a change of the focal point.
          const settled = type === 'ready' || type === 'failed' ? await read() : undefined
          if (settled) return settled
        }
      } finally {
        openStreams.set(client, (openStreams.get(client) ?? 1) - 1)
      }
    }
    await pause(POLL_MS, options.signal)
    const settled = await read()
    if (settled) return settled
  }
}
