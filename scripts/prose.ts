import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { findBrokenLinks } from './prose/broken-links.ts'
import { readMarkdownPage } from './prose/markdown-page.ts'
import { findPrivateWords } from './prose/private-words.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Checks every page and every .env.example for broken links and for words that only this project uses. */
function main(): void {
  const faults = [...findBrokenLinks(readPages(), repository), ...findWords()]
  for (const fault of faults) console.log(fault)
  if (faults.length > 0) process.exitCode = 1
}

const readPages = () => new Map(filesLike('*.md').map((path) => [path, readMarkdownPage(read(path))]))

function findWords(): string[] {
  const texts = [
    ...[...readPages()].flatMap(([path, page]) => page.texts.map((text) => ({ path, ...text }))),
    ...filesLike('*.env.example').flatMap((path) =>
      read(path)
        .split('\n')
        .map((text, index) => ({ path, text, line: index + 1 })),
    ),
  ]
  return texts.flatMap(({ path, text, line }) =>
    findPrivateWords(text).map(({ found, instead }) => `${path}:${line}: "${found}": write ${instead}`),
  )
}

function filesLike(pattern: string): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', pattern], {
    cwd: repository,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\n'))].filter((path) => path && existsSync(join(repository, path)))
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}

main()
