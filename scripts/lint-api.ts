import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))

interface Report {
  totals: { errors: number; warnings: number }
  problems: { ruleId: string; severity: string; message: string; location: { pointer?: string }[] }[]
}

/**
 * Lints docs/openapi.json with the rules of redocly.yaml. Any error or warning makes it exit with 1. The linter sends no
 * data and does not look for a newer version.
 */
function main(): void {
  const program = join(repository, 'node_modules/.bin/redocly')
  const { stdout, stderr } = spawnSync(program, ['lint', 'docs/openapi.json', '--format=json', '--max-problems=1000'], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  if (!stdout.startsWith('{')) throw new Error(`The linter failed: ${stdout}${stderr}`)
  const { totals, problems } = JSON.parse(stdout) as Report
  for (const { ruleId, severity, message, location } of problems) {
    console.log(`${severity} ${ruleId}: ${message} (${location[0]?.pointer ?? ''})`)
  }
  console.log(`docs/openapi.json: ${totals.errors} errors, ${totals.warnings} warnings.`)
  if (problems.length > 0) process.exitCode = 1
}

main()
