import { execFile } from 'node:child_process'
import { join } from 'node:path'

import { isBuilt } from './processes.ts'
import { bareEnvironment, repository } from './test-run.ts'

/** The operators' commands: the npm script and the file that it runs. */
const commands = {
  'users:erase': { folder: 'main-service', file: 'erasure/erase-command' },
  'broker:setup': { folder: 'medias-service', file: 'broker/set-up-broker-command' },
  'media:regenerate': { folder: 'medias-service', file: 'regenerations/regenerate-command' },
}

type CommandName = keyof typeof commands

/** The exit code of a command and its output. */
interface Ended {
  code: number
  output: string
}

/** Runs a command as an operator does: `npm run <script> -- <options>`. */
export function runNpmScript(
  script: CommandName,
  options: string[],
  environment: Record<string, string>,
): Promise<Ended> {
  return run('npm', ['run', '--silent', script, '--', ...options], repository, environment)
}

/** Runs a command without npm, and from the build of this run if there is one. It then starts in a third of the time. */
export function runCommandOf(
  script: CommandName,
  options: string[],
  environment: Record<string, string>,
): Promise<Ended> {
  const { folder, file } = commands[script]
  const program = isBuilt() ? [`dist/${file}.js`] : ['--conditions=source', '--import', 'tsx', `src/${file}.ts`]
  return run(process.execPath, [...program, ...options], join(repository, folder), environment)
}

function run(program: string, args: string[], cwd: string, environment: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: { ...bareEnvironment(), ...environment } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    )
  })
}
