import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

import type * as Esbuild from 'esbuild'

const require = createRequire(import.meta.url)
const manifest = new URL('../../package.json', import.meta.url)
/** A folder from which Node finds the packages. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/likeness', import.meta.url))

/**
 * The JavaScript of a program. In the sandbox no compiler can run, so TypeScript is compiled here. The result is in a file
 * that is named after its content, because several processes compile the same program at the same time.
 *
 * @param program path of a program in TypeScript (development and tests only) or JavaScript
 */
export function runnableProgram(program: string): string {
  if (!/\.c?ts$/.test(program)) return program
  const { buildSync } = require('esbuild') as typeof Esbuild
  const options = program.endsWith('.cts') ? commonJs : modules
  const { outputFiles } = buildSync({ ...shared, ...options, entryPoints: [program], external: packages() })
  mkdirSync(cache, { recursive: true })
  for (const { path, contents } of outputFiles) writeOnce(path, contents)
  const name = basename(program).replace(/\.c?ts$/, '-')
  const entry = outputFiles.find(({ path }) => basename(path).startsWith(name))
  if (!entry) throw new Error(`esbuild returned no program for ${program}`)
  return entry.path
}

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  outdir: cache,
  entryNames: '[name]-[hash]',
  write: false,
  logLevel: 'silent',
} satisfies Esbuild.BuildOptions
/** With chunks, a dynamic import does not load its module at the start. */
const modules = { format: 'esm', splitting: true, chunkNames: 'chunk-[hash]', outExtension: { '.js': '.mjs' } } as const
const commonJs = { format: 'cjs', outExtension: { '.js': '.cjs' } } as const

/** The installed packages, which are not compiled. */
function packages(): string[] {
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies: Record<string, string> }
  return Object.keys(dependencies).filter((name) => !name.startsWith('@likeness/'))
}

function writeOnce(path: string, contents: Uint8Array): void {
  if (existsSync(path)) return
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}
