import { keys, type FileStore } from '@likeness/media-files'

import type { RenditionFile } from '../picture/rendered-picture.ts'
import type { NewSize } from './ready-rows.ts'

/**
 * Stores every rendition under its key. A file that several presets share has the key of the first preset.
 *
 * @returns a size for each preset and format
 */
export async function storeRenditions(
  store: FileStore,
  files: RenditionFile[],
  source: { sha256: string; fingerprints: ReadonlyMap<string, string> },
): Promise<NewSize[]> {
  const { sha256, fingerprints } = source
  const fingerprint = (preset: string): string => fingerprints.get(preset) ?? ''
  const stored = await Promise.all(
    files.map(async ({ presets, format, width, height, bytes }) => {
      const [first = ''] = presets
      const storeKey = keys.renditionKey({ sha256, preset: first, fingerprint: fingerprint(first), format })
      await store.put(storeKey, bytes)
      return presets.map((preset) => {
        return { preset, format, width, height, bytes: bytes.length, storeKey, fingerprint: fingerprint(preset) }
      })
    }),
  )
  return stored.flat()
}
