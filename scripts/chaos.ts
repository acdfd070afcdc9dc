import { execFileSync } from 'node:child_process'

import { runChaos } from '../tests/chaos/run-chaos.ts'

/** Runs the chaos test for MINUTES, prints its faults and its ledger, and fails if a promise was broken. */
const minutes = Number(process.env['MINUTES'] || 30)
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker']
execFileSync('npm', ['run', '--silent', 'build', ...deployables.flatMap((name) => ['--workspace', name])], {
  stdio: 'inherit',
})
const startedAt = Date.now()
const report = await runChaos({
  seconds: minutes * 60,
  built: true,
  say: (line) => console.log(`${Math.round((Date.now() - startedAt) / 1_000)} s: ${line}`),
})
const edits = report.roles.reduce((sum, { accepted }) => sum + accepted.length, 0)
console.log(`
faults             ${JSON.stringify(report.faults)}
responses          ${JSON.stringify(report.statuses)}
accepted uploads   ${report.uploads.length}, and ${report.unanswered.length} without an answer
accepted edits     ${edits}
refreshes          ${report.refreshes}, and ${report.lateRefreshes} that could not be repeated within 10 s
broken promises    ${report.violations.length}`)
for (const violation of report.violations) console.log(`  ${violation}`)
process.exit(report.violations.length === 0 ? 0 : 1)
