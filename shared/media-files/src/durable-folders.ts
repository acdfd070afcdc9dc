import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

import { isMissing } from './errors.ts'

/** The folders below one, and that the disk keeps what was given a name in them. */
export interface DurableFolders {
  /** Makes a folder, and those above it that are missing. */
  make(folder: string): Promise<void>
  /**
   * Has the disk keep the names in a folder, and its own where it was made here: whoever comes while it is new sees to
   * that too, so nobody returns before it is kept, and what failed is done again by the next.
   */
  keep(folder: string): Promise<void>
}

/** @param base the folder above all of them; an absolute path */
export function createDurableFolders(base: string): DurableFolders {
  /** Made, or being made, and not yet kept: a mark of each making, for a folder may be deleted and made again. */
  const made = new Map<string, symbol>()
  const sync = createSharedSync()

  return {
    make: async (folder) => {
      made.set(folder, Symbol(folder))
      await mkdir(folder, { recursive: true })
    },
    keep: async (folder) => {
      const making = made.get(folder)
      await Promise.all([sync(folder), ...(making ? foldersAbove(folder, base).map(sync) : [])])
      if (making && made.get(folder) === making) made.delete(folder)
    },
  }
}

function foldersAbove(folder: string, base: string): string[] {
  const above = dirname(folder)
  return folder === base || above === folder ? [] : [above, ...foldersAbove(above, base)]
}

interface Turn {
  running: Promise<void>
  /** Begins when the running one has ended; null while nobody waits. */
  next: Promise<void> | null
}

/**
 * Syncs folders. Who asks while others wait for their turn shares it with them: what was named before a sync begins is
 * kept by it, so a picture's ten renditions cost two or three and not ten.
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
    // Deleted meanwhile, with every name in it.
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
