import { keys } from '@likeness/media-files'
import { defaultPresets, fingerprintOf } from '@likeness/media-jobs'
import { uuidv7 } from 'uuidv7'

import type { MediasUnderTest } from './medias-under-test.ts'

/** The bytes of a size in the store. */
export const bytesOf = (preset: string, format: string): Buffer => Buffer.from(`the ${preset} as ${format}`.repeat(20))

/** Makes a version ready as a worker does: with rows and files for every preset in these formats. */
export async function finishVersion(
  { context, mediasdb, rows }: MediasUnderTest,
  mediaId: string,
  { number = 1, formats = ['avif', 'jpeg'] }: { number?: number; formats?: string[] } = {},
): Promise<void> {
  const { store } = context
  const [found] = await rows(
    `SELECT v.id, b.sha256 FROM media_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = :mediaId AND v.number = :number`,
    { mediaId, number },
  )
  const versionId = String(found?.['id'])
  for (const preset of defaultPresets) {
    for (const format of formats) {
      const fingerprint = fingerprintOf(preset, null)
      const storeKey = keys.renditionKey({
        sha256: String(found?.['sha256']),
        preset: preset.name,
        fingerprint,
        format,
      })
      const bytes = bytesOf(preset.name, format)
      await store.put(storeKey, bytes)
      await mediasdb.MediaSize.create({
        id: uuidv7(),
        versionId,
        preset: preset.name,
        format,
        width: 12,
        height: 8,
        bytes: bytes.length,
        storeKey,
        fingerprint,
      })
    }
  }
  await rows(
    `UPDATE media_version SET status = 'ready', width = 12, height = 8, animated = false, has_alpha = :hasAlpha
     WHERE id = :versionId`,
    { versionId, hasAlpha: formats.includes('webp') },
  )
  await rows(`UPDATE media SET status = 'ready', current_version_id = :versionId WHERE id = :mediaId`, {
    versionId,
    mediaId,
  })
}
