import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const repository = fileURLToPath(new URL('..', import.meta.url))
const client = join(repository, 'clients/typescript')
const run = promisify(execFile)

/**
 * Builds and packs the client as npm would publish it, and checks the package: publint checks its manifest, and
 * `@arethetypeswrong/cli` checks that every entry has its types. Exits with 1, and prints their findings, if there are any.
 */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-client-'))
  try {
    await rm(join(client, 'dist'), { recursive: true, force: true })
    await run('npm', ['run', '--silent', 'build'], { cwd: client })
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: client })
    const tarball = join(folder, stdout.trim())
    await Promise.all([
      check('publint', [tarball, '--strict']),
      check('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii']),
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function check(tool: string, options: string[]): Promise<void> {
  try {
    await run(join(repository, 'node_modules/.bin', tool), options, { cwd: repository })
  } catch (error) {
    process.exitCode = 1
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    console.log(`${tool} rejects the package of the client:\n${stdout}${stderr}`)
  }
}

await main()
