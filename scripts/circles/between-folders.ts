import type { Import } from './read-imports.ts'

/** The edge between two folders that an import makes; none within one folder. */
export function betweenFolders({ from, to }: Import): Import[] {
  const [source, target] = [folderOf(from), folderOf(to)]
  return source && target && source !== target ? [{ from: source, to: target }] : []
}

/**
 * A folder is a slice, such as `main-service/src/users`, with everything below it. A file directly under `src` counts
 * as a folder of its own. Only `context.ts` is exempt: it assembles the slices, and every slice knows its type.
 */
function folderOf(file: string): string | undefined {
  const [, path, name] = /^((?:shared\/)?[^/]+\/src\/([^/]+))(?:$|\/)/.exec(file) ?? []
  return name === 'context.ts' ? undefined : path
}
