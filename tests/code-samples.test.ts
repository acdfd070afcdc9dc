import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Json } from '@likeness/test-kit'

const root = join(import.meta.dirname, '..')

let folder: string
beforeAll(async () => {
  // Inside the repository, so that the compiler finds the client.
  folder = await mkdtemp(join(root, 'clients/typescript/.samples-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The samples of all operations, by operation. */
async function samples(): Promise<[string, string][]> {
  const { paths } = JSON.parse(await readFile(join(root, 'docs/openapi.json'), 'utf8')) as Json
  const operations = Object.values<Json>(paths).flatMap((path) => Object.values<Json>(path))
  return operations.map((operation) => [
    operation.operationId,
    operation['x-codeSamples'].find(({ lang }: { lang: string }) => lang === 'TypeScript').source,
  ])
}

/** The errors of the compiler, in the files of the folder. */
function compile(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], (error, stdout) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve(stdout)
    })
  })
}

it('When the samples of the API reference are compiled, then each is correct for the client', async () => {
  const all = await samples()
  for (const [name, source] of all) await writeFile(join(folder, `${name}.ts`), `${source}\nexport {}\n`)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }))

  expect(all.length).toBeGreaterThan(80)
  expect(await compile()).toBe('')
})
