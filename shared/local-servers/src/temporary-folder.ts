import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { identifyProcess } from './bound-process.ts'
import { isSameProcess } from './server-record.ts'

const prefix = 'likeness-'
const ownerFile = 'starter'

/**
 * Creates a folder for the data of a temporary server. First it removes the folders that killed processes have left.
 */
export function makeTemporaryFolder(name: string): string {
  removeLeftFolders()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${name}-`))
  writeFileSync(join(folder, ownerFile), identifyProcess(process.pid) ?? '')
  return folder
}

function removeLeftFolders(): void {
  for (const entry of readdirSync(tmpdir()).filter((one) => one.startsWith(prefix))) {
    const owner = join(tmpdir(), entry, ownerFile)
    try {
      if (existsSync(owner) && !isSameProcess(readFileSync(owner, 'utf8'))) {
        rmSync(join(tmpdir(), entry), { recursive: true, force: true })
      }
    } catch {
      // The folder belongs to another user, or its owner is removing it.
    }
  }
}
