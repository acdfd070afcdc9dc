import { keys } from '@likeness/media-files'

import type { MediasUnderTest } from './medias-under-test.ts'

/** A fingerprint that no definition has. */
const FORMER = '0'.repeat(16)

/** The bytes of a size that was rendered with an older definition. */
export const formerBytes = Buffer.from('by the presets of before')

/** Makes every size of these presets stale, like a change of the presets: the sizes exist, with an old fingerprint. */
export async function leaveStale(
  { context, rows }: MediasUnderTest,
  mediaIds: string[],
  presets = ['thumb', 'small', 'medium', 'large', 'xlarge'],
): Promise<void> {
  const sizes = (await rows(
    `SELECT s.id, s.preset, s.format, s.store_key AS today, b.sha256
     FROM media_size s JOIN media_version v ON v.id = s.version_id JOIN blob b ON b.id = v.blob_id
     WHERE v.media_id = ANY(:mediaIds::uuid[]) AND s.preset = ANY(:presets::text[])`,
    { mediaIds, presets },
  )) as { id: string; preset: string; format: string; today: string; sha256: string }[]
  for (const { id, preset, format, today, sha256 } of sizes) {
    const storeKey = keys.renditionKey({ sha256, preset, fingerprint: FORMER, format })
    await context.store.put(storeKey, formerBytes)
    await context.store.delete(today)
    await rows(
      `UPDATE media_size SET fingerprint = '${FORMER}', store_key = :storeKey, bytes = :bytes WHERE id = :id`,
      { id, storeKey, bytes: formerBytes.length },
    )
  }
}
