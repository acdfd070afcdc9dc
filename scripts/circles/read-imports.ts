import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { parseSync } from 'oxc-parser'

/** That one file of the repository imports another, for its values or for its types alone. */
export interface Import {
  from: string
  to: string
}

/** Every relative import between the sources of the repository; tests are left out, because nothing imports them. */
export async function readImports(): Promise<Import[]> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*/src/*.ts'])
  const files = listed
    .toString()
    .split('\n')
    .filter((file) => existsSync(file) && !file.endsWith('.test.ts'))
  return files.flatMap((file) => importsOf(file, readFileSync(file, 'utf8')))
}

/** The relative imports of one file by its text: each file that it names, once. */
export function importsOf(file: string, text: string): Import[] {
  const { module } = parseSync(file, text)
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ]
  return [...new Set(specifiers)]
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: file, to: normalize(join(dirname(file), specifier)) }))
}
