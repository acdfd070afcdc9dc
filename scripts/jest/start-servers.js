import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { register } from 'tsx/esm/api'

const root = fileURLToPath(new URL('../../', import.meta.url))
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker', 'deploy/gateway']

/**
 * The global set-up of the projects `service` and `system`. It starts the servers that the tests of this run need. The
 * servers end with the run, in whatever way it ends. It also builds the deployables, because the tests start hundreds of
 * processes, which start faster from a build.
 */
export default async function startServers() {
  const needs = globalThis.needsOfTestRun
  // The folder for the files of the systems that the workers keep running.
  process.env.LIKENESS_TEST_FOLDER = mkdtempSync(join(tmpdir(), 'likeness-test-run-'))
  const unregister = register()
  // Imported by path, because the exports map leads to a build, which does not exist yet.
  const source = new URL('../../shared/test-kit/src/test-servers.ts', import.meta.url)
  const { startTestServers } = await import(source.href)
  await unregister()
  const [stop] = await Promise.all([startTestServers(needs), needs.build ? build() : undefined])
  globalThis.stopTestServers = stop
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () =>
      stop().finally(() => {
        rmSync(process.env.LIKENESS_TEST_FOLDER, { recursive: true, force: true })
        process.exit(code)
      }),
    )
  }
}

async function build() {
  const projects = deployables.map((folder) => `${folder}/tsconfig.build.json`)
  try {
    await promisify(execFile)('node_modules/.bin/tsc', ['--build', ...projects], { cwd: root })
  } catch (error) {
    throw new Error(`The build failed:\n${error.stdout}${error.stderr}`, { cause: error })
  }
  process.env.LIKENESS_BUILT = 'yes'
}
