import { rm } from 'node:fs/promises'

/** The global tear-down of the projects `service` and `system`: stops the servers and deletes the run's files. */
export default async function stopServers() {
  await globalThis.stopTestServers?.()
  const folder = process.env.LIKENESS_TEST_FOLDER
  // A process of a system that a worker kept running may still write its last file.
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}
