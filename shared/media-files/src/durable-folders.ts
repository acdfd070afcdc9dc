import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

import { isMissing } from './errors.ts'

/** Creates folders below a base folder, and syncs them to the disk. */
export interface DurableFolders {
  /** Creates a folder and its missing parents. */
  create(folder: string): Promise<void>
  /**
   * Syncs the names in a folder, and the parents of a folder that was created here. Concurrent calls for a new folder all
   * sync its parents, so that no call returns before the folder is durable. The next call repeats a failed sync.
   */
  sync(folder: string): Promise<void>
}

/** @param base the parent of all folders; an absolute path */
export function createDurableFolders(base: string): DurableFolders {
  /**
   * Created folders that are not yet synced. The symbol identifies the creation, because a folder can be deleted and
   * created again.
   */
  const created = new Map<string, symbol>()
  const syncShared = createSharedSync()

  return {
    create: async (folder) => {
      created.set(folder, Symbol(folder))
      await mkdir(folder, { recursive: true })
    },
    sync: async (folder) => {
      const creation = created.get(folder)
      await Promise.all([syncShared(folder), ...(creation ? foldersAbove(folder, base).map(syncShared) : [])])
      if (creation && created.get(folder) === creation) created.delete(folder)
    },
  }
}

function foldersAbove(folder: string, base: string): string[] {
  const above = dirname(folder)
  return folder === base || above === folder ? [] : [above, ...foldersAbove(above, base)]
}

interface Turn {
  running: Promise<void>
  /** Begins when the running sync has ended; null when no call waits. */
  next: Promise<void> | null
}

/**
 * Syncs folders. Calls that wait for the same folder share the next sync, which covers every name that was created before
 * it begins. So ten renditions of a picture need two or three syncs instead of ten.
 */
function createSharedSync(): (folder: string) => Promise<void> {
  const turns = new Map<string, Turn>()

  const run = (folder: string): Promise<void> => {
    const turn: Turn = { running: syncOnce(folder), next: null }
    turns.set(folder, turn)
    const forget = (): void => {
      if (turns.get(folder) === turn && !turn.next) turns.delete(folder)
    }
    turn.running.then(forget, forget)
    return turn.running
  }
  return (folder) => {
    const turn = turns.get(folder)
    if (!turn) return run(folder)
    const begin = (): Promise<void> => run(folder)
    return (turn.next ??= turn.running.then(begin, begin))
  }
}

async function syncOnce(folder: string): Promise<void> {
  const opened = await open(folder, 'r').catch((error: unknown) => {
    // The folder was deleted meanwhile, with every name in it.
    if (isMissing(error)) return null
    throw error
  })
  if (!opened) return
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
