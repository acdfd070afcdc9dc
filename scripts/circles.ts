import { betweenFolders } from './circles/between-folders.ts'
import { betweenPackages } from './circles/between-packages.ts'
import { findCircles } from './circles/find-circles.ts'
import { readImports } from './circles/read-imports.ts'

/** Fails if files, folders or packages import each other in a circle. Imports of types count, because they are dependencies too. */
const imports = await readImports()
const circles = [
  ...findCircles(imports).map((circle) => ['files', circle] as const),
  ...findCircles(imports.flatMap(betweenFolders)).map((circle) => ['folders', circle] as const),
  ...findCircles(imports.flatMap(betweenPackages)).map((circle) => ['packages', circle] as const),
]

for (const [kind, circle] of circles)
  console.error(`These ${kind} import each other in a circle: ${circle.join(' → ')}`)
if (circles.length > 0) process.exit(1)
