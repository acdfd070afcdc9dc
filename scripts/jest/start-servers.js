import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { register } from 'tsx/esm/api'

const root = fileURLToPath(new URL('../../', import.meta.url))
const deployables = ['main-service', 'auth-service', 'medias-service', 'media-worker']

/**
 * jest's global set-up: one PostgreSQL and one RabbitMQ for the whole run, gone with it however it ends, and a build of
 * everything, for hundreds of processes are started from it.
 */
export default async function startServers() {
  await build()
  const unregister = register()
  // By its file: jest itself is run without the condition `source`, so the package would lead to a build.
  const source = new URL('../../shared/test-kit/src/test-servers.ts', import.meta.url)
  const { startTestServers } = await import(source.href)
  await unregister()
  const stop = await startTestServers()
  globalThis.stopTestServers = stop
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => stop().finally(() => process.exit(code)))
  }
}

async function build() {
  const projects = deployables.map((folder) => `${folder}/tsconfig.build.json`)
  await promisify(execFile)('node_modules/.bin/tsc', ['--build', ...projects], { cwd: root })
  process.env.LIKENESS_BUILT = 'yes'
}
