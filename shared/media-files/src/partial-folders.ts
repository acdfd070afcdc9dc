import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from './errors.ts'

/**
 * Name of the folders of unfinished files. Each area (`originals`, `renditions`) has its own, so that an area can be a
 * mount: a rename, which finishes a file, cannot leave a mount. These folders are never listed.
 */
export const PARTIAL = '.partial'

/** The first folder of a key or prefix; '' for a key without a folder. */
export function areaOf(key: string): string {
  return key.includes('/') ? key.slice(0, key.indexOf('/')) : ''
}

/** The folders of unfinished files, whether they exist or not. */
export async function partialFolders(base: string): Promise<string[]> {
  const areas = (await foldersIn(base)).filter((name) => name !== PARTIAL)
  return ['', ...areas].map((area) => join(base, area, PARTIAL))
}

/** The names of the folders in a folder; empty if it does not exist. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? []
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

export function unlessMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
