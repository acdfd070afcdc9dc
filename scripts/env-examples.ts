import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { drawConfiguration } from './environment/draw-configuration.ts'
import { readVariables, repository, type Variable } from './environment/read-variables.ts'

const names = ['main-service', 'auth-service', 'medias-service', 'media-worker', 'deploy/gateway']

/**
 * Writes each deployable's `.env.example`, and docs/configuration.md, from the schemas in `src/env.ts` and from the
 * compose files. With `--check` it writes nothing: it names the files that differ, and exits 1.
 */
async function main(): Promise<void> {
  const deployables = new Map<string, Variable[]>()
  for (const name of names) deployables.set(name, await readVariables(name))
  const wanted = new Map(
    [...deployables].map(([name, variables]) => [join(name, '.env.example'), drawExample(variables)]),
  )
  wanted.set('docs/configuration.md', await drawConfiguration(deployables))

  const isCheck = process.argv.includes('--check')
  for (const [file, content] of wanted) {
    const path = join(repository, file)
    if ((await readFile(path, 'utf8').catch(() => '')) === content) continue
    if (!isCheck) await writeFile(path, content)
    else process.exitCode = 1
    console.log(isCheck ? `${file} differs from the schema: run npm run env-examples` : `${file} is written`)
  }
}

function drawExample(variables: Variable[]): string {
  const head =
    '# Copy this file to .env in the same folder. Variables of the shell and of the .env file of the repository take\n# precedence. An empty value counts as not set.\n'
  return head + variables.map(({ name, meaning, standard }) => `\n# ${meaning}\n${name}=${standard}\n`).join('')
}

await main()
