import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'

import { openBufferedFile } from './buffered-file.ts'
import { createDurableFolders, type DurableFolders } from './durable-folders.ts'
import { codeOf, isMissing, storeError, StoreUnavailableError } from './errors.ts'
import type { FileSource, FileStore, StoredFile } from './file-store.ts'
import { incomingFile } from './incoming-file.ts'
import { assertKey, assertPrefix, keys } from './keys.ts'
import { listWriters, noteName } from './list-writers.ts'
import { openNewFile } from './open-new-file.ts'
import { createOwnWriter } from './own-writer.ts'
import { areaOf, partialFolders, unlessMissing } from './partial-folders.ts'

const READ_BYTES = 256 * 1024

/** The interval of the heartbeat by which other processes see that this process runs. */
const BEAT_MS = 10_000

/** Maximum number of attempts to rename a file into a folder that is deleted meanwhile. */
const MAX_RENAMES = 5

/**
 * Opens a store on a local disk. It uses the disk only after the first call of a method, and creates folders on demand.
 *
 * @param root folder of the store
 */
export function openDiskStore(root: string, { beatMs = BEAT_MS }: { beatMs?: number } = {}): FileStore {
  const base = resolve(root)
  const pathOf = (key: string): string => {
    assertKey(key)
    return join(base, key)
  }
  const folders = createDurableFolders(base)
  const finish = (partial: string, path: string): Promise<void> => moveToFinalPath(partial, path, folders)
  const writer = createOwnWriter(base, beatMs)
  const partialPath = async (key: string): Promise<string> => join(await writer.folderIn(areaOf(key)), randomUUID())

  return {
    put: (key, source) => {
      const path = pathOf(key)
      return translatingErrors(key, async () => {
        const partial = await partialPath(key)
        try {
          const bytes = await writeWhole(partial, source)
          await finish(partial, path)
          return { bytes }
        } catch (error) {
          await rm(partial, { force: true })
          throw error
        }
      })
    },

    read: (key, range = {}) => {
      const path = pathOf(key)
      return translatingErrors(key, async () => {
        const file = await open(path, 'r')
        return file.createReadStream({ ...range, highWaterMark: READ_BYTES })
      })
    },

    stat: (key) => {
      const path = pathOf(key)
      return translatingErrors(key, async () => {
        const found = await stat(path).catch(unlessMissing)
        return found?.isFile() ? { bytes: found.size } : null
      })
    },

    copy: (from, to) => {
      const source = pathOf(from)
      const target = pathOf(to)
      return translatingErrors(from, async () => {
        await stat(source)
        const partial = await partialPath(to)
        try {
          await linkOrCopy(source, partial)
          await finish(partial, target)
        } finally {
          // It still exists after a failure, or if the file already had the key: then the rename does nothing (POSIX).
          await rm(partial, { force: true })
        }
      })
    },

    delete: (key) => {
      const path = pathOf(key)
      return translatingErrors(key, () => rm(path, { force: true }))
    },

    deletePrefix: (prefix) => {
      assertPrefix(prefix)
      return translatingErrors(prefix, () => rm(join(base, prefix), { recursive: true, force: true, maxRetries: 3 }))
    },

    list: (prefix) => {
      assertPrefix(prefix)
      return filesBelow(base, prefix)
    },

    localPath: pathOf,

    openIncoming: (id) => {
      const key = keys.incomingKey({ writer: writer.id, id })
      const path = pathOf(key)
      return translatingErrors(key, async () => {
        const partial = await partialPath(key)
        return incomingFile({ key, partial, path, finish: () => finish(partial, path) })
      })
    },

    noteRenditions: (sha256) => {
      const prefix = keys.renditionPrefix(sha256)
      assertPrefix(prefix)
      return translatingErrors(prefix, async () => {
        const path = join(await writer.folderIn(areaOf(prefix)), noteName(sha256, randomUUID()))
        // Not synced: a killed process leaves it anyway, and a sync would take as long as that of a rendition.
        await (await openNewFile(path)).close()
        return () => translatingErrors(prefix, () => rm(path, { force: true }))
      })
    },

    listWriters: () => translatingErrors('', () => listWriters(base)),

    deleteAbandoned: (before) =>
      translatingErrors('', async () => {
        for (const folder of await partialFolders(base)) await deleteOlder(folder, before)
      }),

    close: () => writer.close(),

    check: (prefix) => {
      assertPrefix(prefix)
      return translatingErrors(prefix, async () => {
        const probe = await partialPath(prefix)
        const file = await openNewFile(probe)
        try {
          await file.write('ok')
        } finally {
          await file.close()
          await rm(probe, { force: true })
        }
      })
    },
  }
}

async function deleteOlder(folder: string, before: Date): Promise<void> {
  for (const name of (await readdir(folder).catch(unlessMissing)) ?? []) {
    const path = join(folder, name)
    const found = await stat(path).catch(unlessMissing)
    if (found?.isFile() && found.mtime < before) await rm(path, { force: true })
  }
}

/** The system errors of a file system without hard links, and of a link to another mount. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

/** Gives the bytes of a file a second name, without copying them if the file system supports hard links. */
async function linkOrCopy(source: string, path: string): Promise<void> {
  try {
    await link(source, path)
  } catch (error) {
    const code = codeOf(error)
    if (isMissing(error)) {
      await mkdir(dirname(path), { recursive: true })
      return link(source, path)
    }
    if (code === null || !NO_LINK.has(code)) throw error
    await writeWhole(path, { path: source })
  }
}

/** Runs an operation and translates system errors into the errors of the store. */
async function translatingErrors<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storeError(error, key)
  }
}

async function writeWhole(path: string, source: FileSource): Promise<number> {
  // The read stream of a file has a `path` too, and perhaps a range, so it is copied as a stream.
  if (!(source instanceof Readable) && 'path' in source) {
    await mkdir(dirname(path), { recursive: true })
    await copyFile(source.path, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    const file = await open(path, 'r+')
    try {
      await file.sync()
      return (await file.stat()).size
    } finally {
      await file.close()
    }
  }
  // With a buffer of 1 MiB for each rendition, garbage collection took half of the worker's CPU.
  if (Buffer.isBuffer(source)) return writeAtOnce(path, source)
  const file = await openBufferedFile(path)
  try {
    for await (const chunk of source) await file.write(chunk)
    return await file.finish()
  } finally {
    await file.close()
  }
}

async function writeAtOnce(path: string, bytes: Buffer): Promise<number> {
  const file = await openNewFile(path)
  try {
    await file.writeFile(bytes)
    await file.sync()
    return bytes.length
  } finally {
    await file.close()
  }
}

/** Renames a completely written file to its final path, and syncs the folder. */
async function moveToFinalPath(partial: string, path: string, folders: DurableFolders): Promise<void> {
  const folder = dirname(path)
  for (let tries = 1; ; tries++) {
    try {
      await rename(partial, path)
      break
    } catch (error) {
      if (!isMissing(error)) throw error
      if (tries === MAX_RENAMES)
        throw new StoreUnavailableError('The file could not be renamed to its final path', { cause: error })
      await folders.create(folder)
    }
  }
  await folders.sync(folder)
}

async function* filesBelow(base: string, prefix: string): AsyncGenerator<StoredFile> {
  try {
    const entries = (await readdir(join(base, prefix), { withFileTypes: true }).catch(unlessMissing)) ?? []
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const key = `${prefix}${entry.name}`
      if (entry.isDirectory()) yield* filesBelow(base, `${key}/`)
      if (!entry.isFile()) continue
      const found = await stat(join(base, key)).catch(unlessMissing)
      if (found) yield { key, bytes: found.size, modifiedAt: found.mtime }
    }
  } catch (error) {
    throw storeError(error, prefix)
  }
}
