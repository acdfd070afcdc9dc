import { request } from 'node:http'

import { z } from 'zod'

/** What the parent process sends to open streams. */
const orderSchema = z.object({
  url: z.string(),
  mediaIds: z.array(z.string()),
  /** Half of the streams have this token; the others have none. */
  token: z.string(),
  streams: z.number(),
})

export type Order = z.output<typeof orderSchema>

/** The state of the streams, which is sent to the parent process. */
export interface Listening {
  open: number
  /** Streams that were rejected, or whose connection failed or ended. */
  lost: number
  events: number
}

/** The number of streams that are being opened at once. */
const OPENING = 50

/**
 * Opens event streams in a process of its own, so that their parsing does not slow down the measurement. The streams come
 * from 200 addresses, so that the limit of an address does not apply.
 */
async function main(): Promise<void> {
  const { url, mediaIds, token, streams } = orderSchema.parse(
    await new Promise<unknown>((resolve) => process.once('message', resolve)),
  )
  const state: Listening = { open: 0, lost: 0, events: 0 }
  process.once('disconnect', () => process.exit())
  setInterval(() => process.send?.(state), 50)

  let next = 0
  async function openInTurn(): Promise<void> {
    while (next < streams) {
      const index = next++
      const mediaId = mediaIds[index % mediaIds.length]
      const withToken = Math.floor(index / mediaIds.length) % 2 === 0
      const address = `10.1.${index % 200}.1`
      await openStream(`${url}/media/${mediaId}/events`, { address, token: withToken ? token : undefined }, state)
    }
  }
  await Promise.all(Array.from({ length: OPENING }, openInTurn))
}

/** Resolves when the stream is open or lost. */
function openStream(
  url: string,
  { address, token }: { address: string; token: string | undefined },
  state: Listening,
): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(url, {
      agent: false,
      headers: { 'X-Forwarded-For': address, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    })
    const lose = () => {
      state.lost++
      resolve()
    }
    sent.once('error', lose)
    sent.once('response', (response) => {
      sent.off('error', lose).on('error', () => undefined)
      response.on('error', () => undefined)
      if (response.statusCode !== 200) {
        response.resume()
        return lose()
      }
      state.open++
      resolve()
      response.on('data', (chunk: Buffer) => (state.events += chunk.toString().split('event: ').length - 1))
      response.once('close', () => {
        state.open--
        state.lost++
      })
    })
    sent.end()
  })
}

await main()
