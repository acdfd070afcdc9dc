import type { Import } from './read-imports.ts'

/**
 * That one folder imports another, by an import between two of their files; nothing within a folder.
 *
 * A folder is a slice: `src/users` of main-service, say. Files directly under `src` (`app.ts`, `context.ts`) are the
 * composition root: they know every slice and every slice knows the context's type, so they belong to no folder.
 */
export function betweenFolders({ from, to }: Import): Import[] {
  const [source, target] = [folderOf(from), folderOf(to)]
  return source && target && source !== target ? [{ from: source, to: target }] : []
}

/** `main-service/src/users`, at whatever depth the file lies below it; undefined for the composition root. */
function folderOf(file: string): string | undefined {
  return /^((?:shared\/)?[^/]+\/src\/[^/]+)\//.exec(file)?.[1]
}
