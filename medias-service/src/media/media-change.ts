import type { MediasdbUnit } from '@likeness/mediasdb'
import { assertMatch } from '@likeness/service-kit/http'
import type { Scope } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { assertTheirs } from './media-access.ts'
import { presentMedia } from './media-presenter.ts'
import { lockMedia, type MediaRow } from './media-rows.ts'
import type { MediaAnswer } from './media-schema.ts'

/** The caller of a change, the caller's scope, and the `If-Match` header. */
export interface Changer {
  caller: Caller
  scope: Scope
  ifMatch: string | undefined
}

/**
 * Runs a change of a media in a transaction, with its row locked and the caller's right and `If-Match` checked.
 *
 * @returns the changed media; undefined when the change deleted it
 * @throws {Problem} 404, 412.
 */
export async function changingMedia(
  { mediasdb, presets }: Context,
  id: string,
  { caller, scope, ifMatch }: Changer,
  change: (media: MediaRow, unit: MediasdbUnit) => Promise<void>,
): Promise<MediaRow | undefined> {
  return mediasdb.transaction(async (unit) => {
    const media = await lockMedia(unit, id)
    assertTheirs(media, caller, scope)
    assertMatch(ifMatch, presentMedia(media, presets))
    await change(media, unit)
    return lockMedia(unit, id)
  })
}

/** The same, for changes that do not delete the media. Returns its representation. */
export async function changedMedia(
  context: Context,
  id: string,
  changer: Changer,
  change: (media: MediaRow, unit: MediasdbUnit) => Promise<void>,
): Promise<MediaAnswer> {
  const media = await changingMedia(context, id, changer, change)
  if (!media) throw new Error(`The media ${id} does not exist after its change`)
  return presentMedia(media, context.presets)
}
