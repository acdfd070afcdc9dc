import { execFile } from 'node:child_process'

import { bareEnvironment, repository } from './test-run.ts'

/**
 * Runs a command of the repository's as an operator does: `npm run <script> -- <options>`.
 *
 * @returns its exit code, and what it printed on both outputs
 */
export function runNpmScript(
  script: string,
  options: string[],
  environment: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const env = { ...bareEnvironment(), ...environment }
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', script, '--', ...options], { cwd: repository, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    )
  })
}
