import { fileURLToPath } from 'node:url'

import { removeLocalServers } from '@likeness/local-servers'

/** Deletes the private servers of this repository, wherever their data is. Called by clean.sh. */
const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

const running = removeLocalServers(repository)
if (running.length > 0) {
  console.error(`Still running: ${running.join(', ')}. Stop make dev or make demo first.`)
  process.exit(1)
}
