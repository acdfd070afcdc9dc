import { watch } from 'node:fs'
import { readdirSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Waits this long for more changes, because editors write a file in several steps and a branch switch writes many files. */
const settleMs = 300

/**
 * Calls `changed` when sources have changed and then stayed unchanged for a moment. Changes of tests are ignored.
 *
 * @param folders the folders of the deployables; a change in `shared/` affects all of them
 * @param changed receives the affected folders and one changed file
 */
export function watchSources(
  repository: string,
  folders: string[],
  changed: (affected: Set<string>, file: string) => void,
): void {
  const affected = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const addChange = (changedFolders: string[], file: string) => {
    for (const folder of changedFolders) affected.add(folder)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const all = new Set(affected)
      affected.clear()
      changed(all, file)
    }, settleMs)
  }
  const watchFolder = (folder: string, affectedFolders: string[]) => {
    watch(join(repository, folder), { recursive: true }, (_event, name) => {
      if (name && /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts'))
        addChange(affectedFolders, join(folder, name))
    })
  }
  for (const folder of folders) watchFolder(join(folder, 'src'), [folder])
  for (const name of readdirSync(join(repository, 'shared')).filter((one) => one !== 'test-kit')) {
    const folder = join('shared', name, 'src')
    if (existsSync(join(repository, folder))) watchFolder(folder, folders)
  }
}
