import { spawnSync } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { spawnBound } from '@likeness/local-servers'
import { eventually } from '@likeness/test-kit'

/** A small file system that a test can fill. */
export interface SmallDisk {
  /** The folder for this process, which is not in the namespace. A render process cannot read it through /proc. */
  folder: string
  /** Starts a program in the namespace, where the file system is mounted on the folder of `mountSmallDisk`. */
  through(cwd: string): [command: string, ...args: string[]]
  /** Fills the file system completely. */
  fill(): Promise<void>
  free(): Promise<void>
  remove(): Promise<void>
}

// The file system is in a new mount namespace, which other processes of this user can read through /proc. The namespace
// ends with its process, so nothing stays mounted, even if the test is killed. Without root, it also needs a new user
// namespace.
const namespaces = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])]
const mountTmpfs = (megabytes: number, folder: string) => `mount -t tmpfs -o size=${megabytes}m likeness ${folder}`

/** Whether this machine allows the namespace and the mount. Linux does, except in some containers. */
export const canHaveSmallDisk = spawnSync('unshare', [...namespaces, 'sh', '-c', mountTmpfs(1, '/mnt')]).status === 0

/**
 * Mounts a file system.
 *
 * @param folder an empty folder. The mount is visible there only to programs that are started `through` the result.
 */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  const holder = spawnBound({
    command: 'unshare',
    args: [
      ...namespaces,
      'sh',
      '-c',
      `${mountTmpfs(megabytes, folder)} && touch ${folder}/mounted && exec sleep infinity`,
    ],
    cwd: folder,
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    deathSignal: 'KILL',
  })
  const mounted = join(`/proc/${holder.pid}/root`, folder)
  await eventually(() => rm(join(mounted, 'mounted')), { limitMs: 60_000 })
  const filler = join(mounted, 'filler')
  const namespace = (name: string): string => `/proc/${holder.pid}/ns/${name}`
  const user = process.getuid?.() === 0 ? [] : [`--user=${namespace('user')}`, '--preserve-credentials']
  return {
    folder: mounted,
    through: (cwd) => ['nsenter', `--mount=${namespace('mnt')}`, ...user, `--wd=${cwd}`, '--'],
    fill: async () => {
      const file = await open(filler, 'w')
      const bytes = Buffer.alloc(4_096)
      while (await file.write(bytes).catch(isFull));
      await file.close()
    },
    free: () => rm(filler),
    remove: () => holder.end('SIGKILL', 1_000),
  }
}

// Not with `instanceof Error`, because under jest the errors of the system belong to another realm.
function isFull(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
}
