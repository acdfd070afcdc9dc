import { keys } from '@likeness/media-files'

import type { MediasUnderTest } from './medias-under-test.ts'

/** No definition has this one. */
const FORMER = '0'.repeat(16)

/** What lies in the store as the bytes of a size by a definition of before. */
export const formerBytes = Buffer.from('by the presets of before')

/** Leaves media as an older definition of these presets has left them: every such size is there, and stale. */
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
