import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * Lists files and the photos in folders in a stable order.
 *
 * @param most the maximum number of photos, selected evenly from all of them
 * @throws if there are no photos
 */
export function listPhotos(folders: string[], most: number = Number.POSITIVE_INFINITY): string[] {
  const files = folders
    .flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]))
    .filter((path) => /\.(jpe?g|png|webp|tiff?)$/i.test(path))
    .toSorted((one, other) => basename(one).localeCompare(basename(other), 'en'))
  if (files.length === 0)
    throw new Error('There are no photos. Pass a folder of photos; bench/fetch-photos.sh FOLDER downloads some')
  const step = Math.max(1, files.length / most)
  return files.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

/** The name of a photo in tables and files. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.\w+$/, '')
}
