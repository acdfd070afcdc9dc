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
 * The account for a server. For root, it is the package's own account, because PostgreSQL does not run as root; otherwise
 * it is the account of this process.
 *
 * @throws Error for root, if the account does not exist
 */
export function chooseServerUser(packageAccount: string): ServerUser {
  const uid = process.getuid?.() ?? -1
  if (uid !== 0) return { name: String(uid), uid, gid: process.getgid?.() ?? -1, home: homedir() }
  const entry = spawnSync('getent', ['passwd', packageAccount], { encoding: 'utf8' }).stdout.trim().split(':')
  const [name, , userId, groupId, , home] = entry
  if (name === undefined || userId === undefined || groupId === undefined || home === undefined) {
    throw new Error(`The server cannot run as root, and the account ${packageAccount} does not exist on this machine`)
  }
  return { name, uid: Number(userId), gid: Number(groupId), home }
}

/** Creates a folder and its missing parents. Only this account can access the folder. */
export function makePrivateFolder(folder: string, user: ServerUser): void {
  const outermost = mkdirSync(folder, { recursive: true, mode: 0o700 }) ?? folder
  if (process.getuid?.() !== 0) return
  for (let made = folder; made.length >= outermost.length; made = dirname(made)) chownSync(made, user.uid, user.gid)
}

/**
 * The data folder of a server: `<repository>/.local/<name>`, or the account's cache folder if the account cannot access
 * the repository. For example, the account postgres cannot access a clone in /root.
 */
export function chooseServerFolder(
  repository: string,
  name: string,
  user: ServerUser,
): { folder: string; closed: boolean } {
  const local = join(repository, '.local')
  mkdirSync(local, { recursive: true })
  // A strict umask can have closed the folder to the server's account. Its contents have their own permissions.
  chmodSync(local, 0o755)
  if (canEnter(local, user)) return { folder: join(local, name), closed: false }
  const clone = createHash('sha256').update(repository).digest('hex').slice(0, 8)
  return { folder: join(user.home, '.cache', 'likeness', clone, name), closed: true }
}

function canEnter(folder: string, user: ServerUser): boolean {
  if (process.getuid?.() !== 0) return true
  return spawnSync('/usr/bin/test', ['-x', folder], { uid: user.uid, gid: user.gid }).status === 0
}
