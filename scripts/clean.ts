import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { removeLocalServers } from '@likeness/local-servers'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

const running = removeLocalServers(repository)
if (running.length > 0) {
  console.error(`Still running: ${running.join(', ')}. Stop make dev or make demo first.`)
  process.exit(1)
}
const workspaces = ['.', 'main-service', 'auth-service', 'medias-service', 'media-worker']
const shared = readdirSync(join(repository, 'shared')).map((name) => join('shared', name))
for (const workspace of [...workspaces, ...shared]) {
  for (const name of ['dist', 'coverage']) {
    rmSync(join(repository, workspace, name), { recursive: true, force: true })
  }
}
rmSync(join(repository, '.local'), { recursive: true, force: true })
