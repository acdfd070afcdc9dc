import { rmSync } from 'node:fs'
import { dirname } from 'node:path'

import { findPostgresPrograms } from './postgres-programs.ts'
import { findRabbitProgram } from './rabbit-configuration.ts'
import { findRunningServer } from './server-record.ts'
import { chooseServerFolder, chooseServerUser } from './server-user.ts'

/**
 * Deletes the data of the servers that `ensureServers` started for a repository, unless one of them runs.
 *
 * @returns the names of the running servers; if there are any, nothing was deleted
 */
export function removeLocalServers(repository: string): string[] {
  const kept = [
    ...(findPostgresPrograms().length > 0 ? [['maindb', 'postgres'] as const, ['mediasdb', 'postgres'] as const] : []),
    ...(findRabbitProgram() === undefined ? [] : [['rabbitmq', 'rabbitmq'] as const]),
  ].map(([name, account]) => ({ name, ...chooseServerFolder(repository, name, chooseServerUser(account)) }))
  const running = kept.filter(({ folder }) => findRunningServer(folder)).map(({ name }) => name)
  if (running.length > 0) return running
  // Outside the repository, each clone has a separate folder.
  for (const { folder, closed } of kept) rmSync(closed ? dirname(folder) : folder, { recursive: true, force: true })
  return []
}
