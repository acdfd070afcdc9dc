import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from '@jest/globals'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'clients/typescript/README.md',
  ...readdirSync(join(repository, 'docs/client')).map((name) => `docs/client/${name}`),
]

describe('When a page of the client has examples', () => {
  it('then every example compiles', () => {
    const local = join(repository, '.local')
    mkdirSync(local, { recursive: true })
    const folder = mkdtempSync(join(local, 'doc-examples-'))
    try {
      const files = pages.flatMap((page) => writeExamples(page, folder))
      expect(files.length).toBeGreaterThan(15)
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          extends: '../../clients/typescript/tsconfig.json',
          // An example asserts that an element exists, where an application would check it.
          include: ['*.ts'],
        }),
      )
      expect(compile(folder)).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Writes each TypeScript block of a page as a module. */
function writeExamples(page: string, folder: string): string[] {
  const blocks = [...readFileSync(join(repository, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)]
  return blocks.map(([, code = ''], index) => {
    const name = `${page.replaceAll(/\W+/g, '-')}-${index + 1}.ts`
    writeFileSync(join(folder, name), `${code}\nexport {}\n`)
    return name
  })
}

/** The errors of the compiler. */
function compile(folder: string): string {
  try {
    execFileSync(join(repository, 'node_modules/.bin/tsc'), ['--project', folder], { cwd: repository })
    return ''
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
  }
}
