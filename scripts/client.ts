import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { generate } from 'orval'

import { codesOf, readDocument, type ApiDocument } from './client/api-document.ts'
import { buildOperation } from './client/operation-builder.ts'
import { writeQueries } from './client/write-queries.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const source = 'docs/openapi.json'
const target = 'clients/typescript/src/generated'
const notice = `// Generated from ${source} by \`npm run client\`. Do not edit.\n\n`

/**
 * Generates the operations, the models and the query factories of the TypeScript client from the OpenAPI document. With
 * `--check` it writes nothing. If a file would change, it reports that and exits with 1.
 */
async function main(): Promise<void> {
  const document = readDocument(await readFile(join(repository, source), 'utf8'))
  const files = await format(await generateFiles(document))
  const isCheck = process.argv.includes('--check')
  for (const [name, text] of files) {
    const path = join(repository, target, name)
    if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
    if (isCheck) {
      process.exitCode = 1
      console.log(`${target}/${name} is out of date. Run npm run client.`)
    } else {
      await mkdir(join(repository, target), { recursive: true })
      await writeFile(path, text)
      console.log(`Wrote ${target}/${name}.`)
    }
  }
}

async function generateFiles(document: ApiDocument): Promise<Map<string, string>> {
  const { operations, functions, models } = await runOrval(document)
  const used = [...new Set(functions.flatMap((built) => built.models))].sort()
  const head = [
    `import { call, path, type Call, type CallOptions } from '../call.ts'`,
    `import type { Client } from '../client.ts'`,
    `import type { ${used.join(', ')} } from './models.ts'`,
  ]
  const texts = functions.map(({ implementation }) => implementation)
  return new Map([
    ['operations.ts', `${notice}${head.join('\n')}\n\n${texts.join('')}`],
    ['models.ts', `${notice}${models}`],
    ['queries.ts', `${notice}${writeQueries(operations)}`],
    ['problem-codes.ts', `${notice}${writeProblemCodes(document)}`],
  ])
}

/** orval reads the document and writes the models. The functions are our own, because a function needs the client. */
async function runOrval(document: ApiDocument) {
  const folder = await mkdtemp(join(repository, '.local-client-'))
  const built: ReturnType<typeof buildOperation>[] = []
  const client = {
    client(verb: Parameters<typeof buildOperation>[0]) {
      built.push(buildOperation(verb, document))
      return { implementation: '', imports: [] }
    },
    header: () => '',
    footer: () => '',
    dependencies: () => [],
  }
  try {
    await silently(() =>
      generate({
        input: { target: document.withoutErrors },
        output: {
          target: join(folder, 'operations.ts'),
          mode: 'split',
          client: () => client,
          override: { header: false, enumGenerationType: 'union' },
        },
      }),
    )
    const models = await readFile(join(folder, 'operations.schemas.ts'), 'utf8')
    const functions = built.sort((a, b) => (a.operation.name < b.operation.name ? -1 : 1))
    return { operations: functions.map(({ operation }) => operation), functions, models: withUndefined(models) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** With `exactOptionalPropertyTypes`, `{ after: undefined }` needs the type. */
const withUndefined = (models: string) => models.replaceAll(/^(\s*'?[\w-]+'?\?: .*[^;{\s]);?$/gm, '$1 | undefined;')

function writeProblemCodes(document: ApiDocument): string {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const codes = [
    ...new Set(operations.flatMap((operation) => codesOf(document, operation).flatMap((found) => found.codes))),
  ]
  const names = [...codes.sort(), 'http-error'].map((code) => `  | '${code}'`)
  return `/** Every code that an operation can return, and \`http-error\` for a response that is no problem document. */
export type ProblemCode =\n${names.join('\n')}\n`
}

/** Formats the files as `npm run format` does, so that they can be compared with the stored ones. */
async function format(files: Map<string, string>): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(repository, '.local-client-'))
  try {
    for (const [name, text] of files) await writeFile(join(folder, name), text)
    execFileSync(join(repository, 'node_modules/.bin/oxfmt'), ['--ignore-path', '/dev/null', folder], {
      cwd: repository,
    })
    const formatted = new Map<string, string>()
    for (const name of files.keys()) formatted.set(name, await readFile(join(folder, name), 'utf8'))
    return formatted
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** orval reports its progress on the console. */
async function silently(work: () => Promise<void>): Promise<void> {
  const { log, warn } = console
  console.log = () => {}
  console.warn = () => {}
  try {
    await work()
  } finally {
    Object.assign(console, { log, warn })
  }
}

await main()
