import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { NotInStoreError, type FileStore } from '@likeness/media-files'

/**
 * Hands the source over as a file on this machine: where the store lies here its own, else a copy for that long.
 *
 * @throws NotInStoreError when it is not in the store
 */
export async function withSourceFile<T>(store: FileStore, key: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = store.localPath(key)
  if (path !== null) {
    if (!(await store.stat(key))) throw new NotInStoreError(key)
    return use(path)
  }
  const folder = await mkdtemp(join(tmpdir(), 'likeness-source-'))
  try {
    const copy = join(folder, 'source')
    await pipeline(await store.read(key), createWriteStream(copy))
    return await use(copy)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
