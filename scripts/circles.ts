import { betweenFolders } from './circles/between-folders.ts'
import { findCircles } from './circles/find-circles.ts'
import { readImports } from './circles/read-imports.ts'

/** Fails when files or folders import in a circle; imports of types count, because they are knowledge too. */
const imports = await readImports()
const circles = [
  ...findCircles(imports).map((circle) => ['files', circle] as const),
  ...findCircles(imports.flatMap(betweenFolders)).map((circle) => ['folders', circle] as const),
]

for (const [kind, circle] of circles) console.error(`These ${kind} import in a circle: ${circle.join(' → ')}`)
if (circles.length > 0) process.exit(1)
