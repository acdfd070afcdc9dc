import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { NotInStoreError, type FileStore } from '@likeness/media-files'

import { openPrivateFolder } from '../sandbox/private-folder.ts'

/** The source of a version as a local file. */
export interface SourceFile {
  path: string
  /** Deletes the file if it is a copy. */
  close(): Promise<void>
}

/** The folder that contains every source as a local file. A render process can read it. */
export function sourcesFolder(store: FileStore): string {
  return store.localPath('originals') ?? openPrivateFolder('likeness-sources')
}

/**
 * Opens a source as a local file: the file of the store if the store is local, otherwise a copy.
 *
 * @throws NotInStoreError when the store does not have it
 */
export async function openSourceFile(store: FileStore, key: string): Promise<SourceFile> {
  const path = store.localPath(key)
  if (path !== null) {
    if (!(await store.stat(key))) throw new NotInStoreError(key)
    return { path, close: async () => undefined }
  }
  const folder = await mkdtemp(join(sourcesFolder(store), 'source-'))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'source')
    await pipeline(await store.read(key), createWriteStream(copy))
    return { path: copy, close }
  } catch (error) {
    await close()
    throw error
  }
}
