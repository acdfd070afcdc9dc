import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import {
  makeAnimation,
  makeCameraPicture,
  makePrintPicture,
  makeSixteenBitPicture,
  makeTransparentPicture,
  makeVectorPicture,
  truncatePicture,
} from '@likeness/test-kit'

/**
 * The files that the demo uploads: every file in a folder, or generated pictures, one of them broken.
 *
 * @param folder a folder of pictures, or undefined
 * @param workFolder the folder for generated pictures
 * @throws Error if the folder contains no files
 */
export async function gatherPictures(folder: string | undefined, workFolder: string): Promise<string[]> {
  if (folder !== undefined) return listFiles(resolve(folder))
  const camera = await makeCameraPicture({ width: 4000, height: 3000 })
  const pictures = [
    { ...camera, filename: 'camera.jpg' },
    { ...(await makeCameraPicture({ width: 1200, height: 1600, orientation: 6, hue: 30 })), filename: 'portrait.jpg' },
    { ...(await makeCameraPicture({ orientation: 3, hue: 120 })), filename: 'upside-down.jpg' },
    { ...(await makeCameraPicture({ width: 120, height: 90, hue: 300 })), filename: 'tiny.jpg' },
    await makeTransparentPicture(),
    await makeSixteenBitPicture(),
    await makePrintPicture(),
    await makeAnimation({ format: 'gif' }),
    makeVectorPicture(),
    { ...truncatePicture(camera), filename: 'truncated.jpg' },
  ]
  const made = join(workFolder, 'made')
  await mkdir(made, { recursive: true })
  const paths = pictures.map(({ filename }) => join(made, filename))
  await Promise.all(pictures.map(({ bytes }, index) => writeFile(paths[index] as string, bytes)))
  return paths
}

async function listFiles(folder: string): Promise<string[]> {
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new Error(`PHOTOS must be a folder, but there is no folder ${folder}`)
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name)
  if (names.length === 0) throw new Error(`The folder of PHOTOS contains no files: ${folder}`)
  return names.toSorted().map((name) => join(folder, name))
}
