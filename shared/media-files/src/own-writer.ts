import { randomUUID } from 'node:crypto'
import { mkdir, open, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isMissing } from './errors.ts'
import { PARTIAL } from './partial-folders.ts'

/** The file with the heartbeat of a writer, in each of its folders of unfinished files. */
export const HEARTBEAT = 'heartbeat'

/** This process as a writer of the store. */
export interface OwnWriter {
  readonly id: string
  /** The folder of this process for unfinished files in an area. The heartbeat begins with the first call. */
  folderIn(area: string): Promise<string>
  close(): Promise<void>
}

/**
 * Writes a heartbeat into the store while the process runs, so that others do not delete its unfinished files. The
 * heartbeat is a file beside the unfinished files: a process that cannot write the heartbeat cannot finish the files
 * either. It is a counter, so that no clocks are compared.
 *
 * @param base the folder of the store
 */
export function createOwnWriter(base: string, beatMs: number): OwnWriter {
  const id = randomUUID()
  const folders = new Map<string, Promise<string>>()
  const pathIn = (area: string) => join(base, area, PARTIAL, id)
  let beats = 0
  let isBeating = false
  let timer: NodeJS.Timeout | undefined

  async function createFolder(area: string): Promise<string> {
    const folder = pathIn(area)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, HEARTBEAT), textOf(beats))
    // The heartbeat does not keep the process alive.
    timer ??= setInterval(() => void beat(), beatMs).unref()
    return folder
  }

  async function beat(): Promise<void> {
    if (isBeating) return
    isBeating = true
    beats++
    for (const area of folders.keys()) {
      await overwrite(join(pathIn(area), HEARTBEAT), textOf(beats)).catch((error: unknown) => {
        // The store was deleted, or this process was stopped for so long that others deleted its folder. The next file
        // creates the folder again. Other errors pass when the store is available again.
        if (isMissing(error)) folders.delete(area)
      })
    }
    isBeating = false
  }

  return {
    id,
    folderIn(area) {
      const known = folders.get(area)
      if (known) return known
      const folder = createFolder(area)
      folders.set(area, folder)
      folder.catch(() => folders.delete(area))
      return folder
    },
    async close() {
      clearInterval(timer)
      timer = undefined
      const areas = [...folders.keys()]
      folders.clear()
      for (const area of areas) {
        await rm(join(pathIn(area), HEARTBEAT), { force: true })
        await deleteIfEmpty(pathIn(area))
      }
      await deleteIfEmpty(join(base, 'incoming', id))
    },
  }
}

/** All heartbeats have the same length. */
const textOf = (beats: number) => String(beats).padStart(12, '0')

/** Overwrites a file in its place, which needs no space on a full disk. */
async function overwrite(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(text, 0)
  } finally {
    await file.close()
  }
}

/** Deletes a folder, unless it contains files or does not exist. */
async function deleteIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined)
}
