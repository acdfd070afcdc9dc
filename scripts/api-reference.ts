import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { mergeDocuments } from './openapi/merge-documents.ts'
import { readDocuments } from './openapi/read-documents.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const file = 'docs/openapi.json'

/**
 * Writes docs/openapi.json, the API of all services behind one origin. With `--check` it writes nothing: it reports a
 * difference, and exits with 1.
 */
async function main(): Promise<void> {
  const documents = await readDocuments()
  const merged = mergeDocuments(
    documents.map(({ document }) => document),
    info,
  )
  const wanted = `${JSON.stringify(merged, null, 2)}\n`
  const path = join(repository, file)
  if ((await readFile(path, 'utf8').catch(() => '')) === wanted) return
  const isCheck = process.argv.includes('--check')
  if (!isCheck) await writeFile(path, wanted)
  else process.exitCode = 1
  console.log(isCheck ? `${file} is out of date. Run npm run api-reference.` : `Wrote ${file}.`)
}

const info = {
  title: 'Likeness',
  version: '0.1.0',
  description: 'The API of a self-hosted backend for users and their pictures.',
  license: { name: 'MIT', identifier: 'MIT' },
}

await main()
// The contexts may have begun to open connections, which would keep this process alive.
process.exit()
