import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Mediasdb } from '@likeness/mediasdb'

import { findMediaAccess, type MediaAccess } from '../media/media-rows.ts'

/** Reads the columns of a media that decide who can read it. Undefined if the media does not exist. */
export type AccessReader = (mediaId: string) => Promise<MediaAccess | undefined>

/** Joins the reads of one turn of the event loop into one statement, because thousands of streams check their media. */
export function createAccessReader(mediasdb: Mediasdb): AccessReader {
  let next: { ids: Set<string>; rows: Promise<Map<string, MediaAccess>> } | undefined

  async function readNext(ids: Set<string>): Promise<Map<string, MediaAccess>> {
    await nextTurn()
    next = undefined
    const rows = await findMediaAccess(mediasdb, [...ids])
    return new Map(rows.map((media) => [media.id, media]))
  }

  return async (mediaId) => {
    if (!next) {
      const ids = new Set<string>()
      next = { ids, rows: readNext(ids) }
    }
    next.ids.add(mediaId)
    return (await next.rows).get(mediaId)
  }
}
