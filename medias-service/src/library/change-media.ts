import type { Media } from '@likeness/internal-api'

import type { Context } from '../context.ts'
import { changeAndPresentMedia, type Changer } from '../media/media-change.ts'
import type { MediaChanges } from '../media/media-schema.ts'
import { enqueueInteractive } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'

/**
 * Changes metadata. A new focal point makes cropped sizes stale; they are served until they are rendered again.
 *
 * @throws {Problem} 404, 409 `trashed`, 412.
 */
export async function changeMedia(
  context: Context,
  id: string,
  changes: MediaChanges,
  changer: Changer,
): Promise<Media> {
  return changeAndPresentMedia(context, id, changer, async (media, unit) => {
    if (media.trashedAt) throw mediaProblems.trashed()
    const { focalPoint, ...columns } = changes
    const focal = focalPoint === undefined ? {} : { focalX: focalPoint?.x ?? null, focalY: focalPoint?.y ?? null }
    await unit.Media.update({ ...defined(columns), ...focal }, { where: { id } })
    const current = media.currentVersion
    const isRendered = media.kind === 'image' && current?.status === 'ready'
    if (focalPoint !== undefined && isRendered) await enqueueInteractive(unit, { mediaId: id, versionId: current.id })
  })
}

const defined = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
