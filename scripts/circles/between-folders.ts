import type { Import } from './read-imports.ts'

/** The edge between two folders for an import; none for an import within one folder. */
export function betweenFolders({ from, to }: Import): Import[] {
  const [source, target] = [folderOf(from), folderOf(to)]
  return source && target && source !== target ? [{ from: source, to: target }] : []
}

/**
 * A folder is a slice, such as `main-service/src/users`, with its subfolders. A file directly in `src` counts as a folder.
 * Only `context.ts` is exempt, because it assembles the slices and every slice imports its type.
 */
function folderOf(file: string): string | undefined {
  const [, path, name] = /^((?:shared\/)?[^/]+\/src\/([^/]+))(?:$|\/)/.exec(file) ?? []
  return name === 'context.ts' ? undefined : path
}
