import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** The account that a server runs under. */
export interface ServerUser {
  name: string
  uid: number
  gid: number
  home: string
}

/**
 * The account for a server: the package's own account when we are root, because PostgreSQL refuses root; otherwise our
 * own.
 *
 * @throws Error when we are root and the account does not exist
 */
export function chooseServerUser(packageAccount: string): ServerUser {
  const uid = process.getuid?.() ?? -1
  if (uid !== 0) return { name: String(uid), uid, gid: process.getgid?.() ?? -1, home: homedir() }
  const entry = spawnSync('getent', ['passwd', packageAccount], { encoding: 'utf8' }).stdout.trim().split(':')
  const [name, , userId, groupId, , home] = entry
  if (name === undefined || userId === undefined || groupId === undefined || home === undefined) {
    throw new Error(`There is no account ${packageAccount} on this machine to run the server as`)
  }
  return { name, uid: Number(userId), gid: Number(groupId), home }
}

/** Creates a folder, with its missing parents, that only this account may enter. */
export function makePrivateFolder(folder: string, user: ServerUser): void {
  const outermost = mkdirSync(folder, { recursive: true, mode: 0o700 }) ?? folder
  if (process.getuid?.() !== 0) return
  for (let made = folder; made.length >= outermost.length; made = dirname(made)) chownSync(made, user.uid, user.gid)
}

/**
 * The folder of a kept server: `<repository>/.local/<name>`, or the cache folder of the account when it cannot enter
 * the repository. For example, a clone in /root is closed to the account postgres.
 */
export function chooseServerFolder(
  repository: string,
  name: string,
  user: ServerUser,
): { folder: string; closed: boolean } {
  const local = join(repository, '.local')
  mkdirSync(local, { recursive: true })
  // The folder may be closed to others by its creator. Its contents have their own permissions.
  chmodSync(local, 0o755)
  if (canEnter(local, user)) return { folder: join(local, name), closed: false }
  const clone = createHash('sha256').update(repository).digest('hex').slice(0, 8)
  return { folder: join(user.home, '.cache', 'likeness', clone, name), closed: true }
}

function canEnter(folder: string, user: ServerUser): boolean {
  if (process.getuid?.() !== 0) return true
  return spawnSync('/usr/bin/test', ['-x', folder], { uid: user.uid, gid: user.gid }).status === 0
}
