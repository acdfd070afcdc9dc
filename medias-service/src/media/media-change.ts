import type { Media } from '@likeness/internal-api'
import type { MediasdbUnit } from '@likeness/mediasdb'
import { assertMatch } from '@likeness/service-kit/http'
import type { Scope } from '@likeness/service-kit/identity'
import type { Caller } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { assertInScope } from './media-access.ts'
import { presentMedia } from './media-presenter.ts'
import { lockMedia, type MediaRow } from './media-rows.ts'

/** The caller of a change, the caller's scope, and the `If-Match` header. */
export interface Changer {
  caller: Caller
  scope: Scope
  ifMatch: string | undefined
}

/**
 * Changes a media in a transaction: locks its row, checks the caller's permission and `If-Match`, and runs `change`.
 *
 * @returns the changed media; undefined when the change deleted it
 * @throws {Problem} 404, 412.
 */
export async function lockAndChangeMedia(
  context: Context,
  id: string,
  { caller, scope, ifMatch }: Changer,
  change: (media: MediaRow, unit: MediasdbUnit) => Promise<void>,
): Promise<MediaRow | undefined> {
  return context.mediasdb.transaction(async (unit) => {
    const media = await lockMedia(unit, id)
    assertInScope(media, caller, scope)
    assertMatch(ifMatch, presentMedia(media, context))
    await change(media, unit)
    return lockMedia(unit, id)
  })
}

/** Like `lockAndChangeMedia`, for changes that do not delete the media. @returns the representation of the changed media */
export async function changeAndPresentMedia(
  context: Context,
  id: string,
  changer: Changer,
  change: (media: MediaRow, unit: MediasdbUnit) => Promise<void>,
): Promise<Media> {
  const media = await lockAndChangeMedia(context, id, changer, change)
  if (!media) throw new Error(`The media ${id} does not exist after its change`)
  return presentMedia(media, context)
}
