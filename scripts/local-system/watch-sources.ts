import { watch } from 'node:fs'
import { readdirSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps, and a branch switch writes many. */
const settleMs = 300

/**
 * Calls back when sources have changed and then stayed unchanged for a moment. Tests do not count.
 *
 * @param folders of deployables, in the repository; a change in `shared/` affects each of them
 * @param changed gets the affected folders and one changed file
 */
export function watchSources(
  repository: string,
  folders: string[],
  changed: (concerned: Set<string>, file: string) => void,
): void {
  const concerned = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const note = (those: string[], file: string) => {
    for (const one of those) concerned.add(one)
    clearTimeout(timer)
    timer = setTimeout(() => {
      const all = new Set(concerned)
      concerned.clear()
      changed(all, file)
    }, settleMs)
  }
  const watchFolder = (folder: string, those: string[]) => {
    watch(join(repository, folder), { recursive: true }, (_event, name) => {
      if (name && /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts')) note(those, join(folder, name))
    })
  }
  for (const folder of folders) watchFolder(join(folder, 'src'), [folder])
  for (const name of readdirSync(join(repository, 'shared')).filter((one) => one !== 'test-kit')) {
    const folder = join('shared', name, 'src')
    if (existsSync(join(repository, folder))) watchFolder(folder, folders)
  }
}
