import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker']

/** The part of a zod schema that this script reads. */
interface Field {
  description?: string | undefined
  def: { innerType?: Field; in?: Field; defaultValue?: unknown }
}

interface Variable {
  name: string
  meaning: string
  /** The default as written in `.env`; empty without one. */
  standard: string
}

/**
 * Writes each deployable's `.env.example` and the README's tables of the environment from the schemas in `src/env.ts`.
 * With `--check` it writes nothing: it names the files that differ, and exits 1.
 */
async function main(): Promise<void> {
  const wanted = new Map<string, string>()
  let readme = await readFile(join(repository, 'README.md'), 'utf8')
  for (const deployable of deployables) {
    const variables = await readVariables(deployable)
    wanted.set(join(deployable, '.env.example'), drawExample(variables))
    readme = replaceTable(readme, deployable, drawTable(variables))
  }
  wanted.set('README.md', readme)

  const isCheck = process.argv.includes('--check')
  for (const [file, content] of wanted) {
    const path = join(repository, file)
    if ((await readFile(path, 'utf8').catch(() => '')) === content) continue
    if (!isCheck) await writeFile(path, content)
    else process.exitCode = 1
    console.log(isCheck ? `${file} differs from the schema: run npm run env-examples` : `${file} is written`)
  }
}

/** Imported by its path at run time, because no package may import a service. */
async function readVariables(deployable: string): Promise<Variable[]> {
  const file = pathToFileURL(join(repository, deployable, 'src', 'env.ts')).href
  const { environmentSchema } = (await import(file)) as { environmentSchema: { shape: Record<string, Field> } }
  return Object.entries(environmentSchema.shape).map(([name, field]) => {
    if (!field.description) throw new Error(`${deployable}: ${name} has no description`)
    return { name, meaning: field.description, standard: relativeTo(deployable, String(defaultOf(field) ?? '')) }
  })
}

/** The default of a variable as written in `.env`, before any transformation. */
function defaultOf(field: Field): unknown {
  const { defaultValue, innerType, in: before } = field.def
  if (defaultValue !== undefined) return defaultValue
  const inner = innerType ?? before
  return inner && defaultOf(inner)
}

/** Relative paths: a deployable runs in its own folder. */
function relativeTo(deployable: string, standard: string): string {
  const own = join(repository, deployable)
  if (standard.startsWith(`${own}/`)) return standard.slice(own.length + 1)
  return standard.startsWith(`${repository}/`) ? `..${standard.slice(repository.length)}` : standard
}

function drawExample(variables: Variable[]): string {
  const head =
    '# Copy this file to .env in the same folder. Variables of the shell take precedence. An empty value counts as not set.\n'
  return head + variables.map(({ name, meaning, standard }) => `\n# ${meaning}\n${name}=${standard}\n`).join('')
}

/** A table with padded columns, as the formatter writes it. */
function drawTable(variables: Variable[]): string {
  const code = (text: string) => (text === '' ? '' : `\`${text}\``)
  const cells = variables.map(({ name, meaning, standard }) => [code(name), code(standard), meaning])
  const lines = [['Variable', 'Default', 'Meaning'], ...cells]
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const drawLine = (line: string[]) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...rows] = lines
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(drawLine).join('\n')
}

/** @throws Error when the README has no place for the table */
function replaceTable(readme: string, deployable: string, table: string): string {
  const [start, end] = [`<!-- environment of ${deployable} -->`, `<!-- end -->`]
  const from = readme.indexOf(start)
  const to = readme.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`README.md has no place for the environment of ${deployable}`)
  return `${readme.slice(0, from)}${start}\n\n${table}\n\n${readme.slice(to)}`
}

await main()
