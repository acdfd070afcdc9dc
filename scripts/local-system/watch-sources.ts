import { existsSync, readdirSync, statSync, watch } from 'node:fs'
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
  // Each folder has a watcher of its own. On Linux, a recursive watcher of Node 20 no longer sees a file that was replaced
  // by renaming, as `git checkout` and many editors do.
  const watchFolder = (folder: string, affectedFolders: string[]) => {
    watch(join(repository, folder), (_event, name) => {
      if (!name) return
      const path = join(folder, name)
      if (isFolder(path) && !watched.has(path)) watchFolder(path, affectedFolders)
      if (/\.(ts|json)$/.test(name) && !name.endsWith('.test.ts')) addChange(affectedFolders, path)
    })
    watched.add(folder)
    for (const name of readdirSync(join(repository, folder))) {
      if (isFolder(join(folder, name))) watchFolder(join(folder, name), affectedFolders)
    }
  }
  const watched = new Set<string>()
  const isFolder = (path: string) => statSync(join(repository, path), { throwIfNoEntry: false })?.isDirectory() ?? false
  for (const folder of folders) watchFolder(join(folder, 'src'), [folder])
  for (const name of readdirSync(join(repository, 'shared')).filter((one) => one !== 'test-kit')) {
    const folder = join('shared', name, 'src')
    if (existsSync(join(repository, folder))) watchFolder(folder, folders)
  }
}
