import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { parseSync } from 'oxc-parser'

/** An import of values or types in a file. */
export interface Import {
  from: string
  /** A file of this repository, or a package of it: `@likeness/postgres`. */
  to: string
}

/** Every import between the sources of this repository, without tests, because no file imports a test. */
export async function readImports(): Promise<Import[]> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*/src/*.ts'])
  const files = listed
    .toString()
    .split('\n')
    .filter((file) => existsSync(file) && !file.endsWith('.test.ts'))
  return files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')))
}

/** The files and packages of this repository that one file imports, each once. */
export function importsOf(file: string, text: string): Import[] {
  const { module } = parseSync(file, text)
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
  ]
  return [...new Set(specifiers)].flatMap((specifier) => {
    if (specifier.startsWith('.')) return { from: file, to: normalize(join(dirname(file), specifier)) }
    return specifier.startsWith('@likeness/') ? { from: file, to: specifier } : []
  })
}
