import { closeSync, constants, lstatSync, mkdirSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** O_TMPFILE is O_DIRECTORY and this bit (asm-generic/fcntl.h). */
const O_TMPFILE_BIT = 0o20_000_000

/**
 * A folder for temporary files that only this user can enter. All workers of the user share it, so that a worker that is
 * killed leaves no folder behind.
 *
 * @param name start of the folder's name in the system's folder for temporary files
 * @throws Error when the folder cannot be created, or when another user has created it
 */
export function openPrivateFolder(name: string): string {
  const user = process.getuid?.()
  const folder = join(tmpdir(), `${name}-${user ?? 'worker'}`)
  mkdirSync(folder, { mode: 0o700, recursive: true })
  const found = lstatSync(folder)
  const isPrivate = user === undefined || (found.uid === user && (found.mode & 0o077) === 0)
  if (!found.isDirectory() || !isPrivate) throw new Error(`${folder} is not a folder of this user alone`)
  return folder
}

/** Whether the file system of a folder can create files without a name, which no other process can open. */
export function createsNamelessFiles(folder: string): boolean {
  try {
    closeSync(openSync(folder, constants.O_RDWR | constants.O_DIRECTORY | O_TMPFILE_BIT, 0o600))
    return true
  } catch {
    return false
  }
}
