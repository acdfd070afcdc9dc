import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { register } from 'tsx/esm/api'

const root = fileURLToPath(new URL('../../', import.meta.url))
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker']

/**
 * The global set-up of the projects `service` and `system`: the servers that the tests of this run need, which end with
 * the run however it ends, and a build of the deployables, from which hundreds of processes are started.
 */
export default async function startServers() {
  const needs = globalThis.needsOfTestRun
  // Systems that the workers keep put their files there.
  process.env.LIKENESS_TEST_FOLDER = mkdtempSync(join(tmpdir(), 'likeness-test-run-'))
  const unregister = register()
  // By its file: the package's exports map leads to a build that does not exist.
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
