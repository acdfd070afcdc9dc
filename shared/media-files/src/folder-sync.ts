import { open } from 'node:fs/promises'
import { isMissing } from './errors.ts'

/**
 * Has the disk keep the names in a folder. Who asks while others wait for their turn shares it with them: what was named
 * before a sync begins is kept by it, so a picture's ten renditions cost two or three and not ten.
 */
export type SyncFolder = (folder: string) => Promise<void>

interface Turn {
  running: Promise<void>
  /** Begins when the running one has ended; null while nobody waits. */
  next: Promise<void> | null
}

export function createFolderSync(): SyncFolder {
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
