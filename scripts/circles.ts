import { findCircles } from './circles/find-circles.ts'
import { readImports } from './circles/read-imports.ts'

/**
 * Fails when files or folders import in a circle; imports of types count, because they are knowledge too.
 *
 * A folder is a slice: `src/users` of main-service, say. Files directly under `src` (`app.ts`, `context.ts`) are the
 * composition root: they know every slice and every slice knows the context's type, so they belong to no folder.
 */
const imports = await readImports()
const circles = [
  ...findCircles(imports).map((circle) => ['files', circle] as const),
  ...findCircles(imports.flatMap(betweenFolders)).map((circle) => ['folders', circle] as const),
]

for (const [kind, circle] of circles) console.error(`These ${kind} import in a circle: ${circle.join(' → ')}`)
if (circles.length > 0) process.exit(1)

function betweenFolders({ from, to }: { from: string; to: string }): { from: string; to: string }[] {
  const [source, target] = [folderOf(from), folderOf(to)]
  return source && target && source !== target ? [{ from: source, to: target }] : []
}

/** `main-service/src/users`, whatever lies how deep below it; undefined for the composition root. */
function folderOf(file: string): string | undefined {
  return /^((?:shared\/)?[^/]+\/src\/[^/]+)\//.exec(file)?.[1]
}
