import { spawnSync } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { spawnBound } from '@likeness/local-servers'
import { eventually } from '@likeness/test-kit'

/** A file system of its own that can be filled. */
export interface SmallDisk {
  folder: string
  /** Leaves no room on it. */
  fill(): Promise<void>
  free(): Promise<void>
  remove(): Promise<void>
}

// In a mount namespace of its own, which every process of ours can look into through /proc and which ends with its
// holder: nothing is left mounted, whatever ends us. Who is not root needs a user namespace for that as well.
const apart = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])]
const mountTmpfs = (megabytes: number, folder: string) => `mount -t tmpfs -o size=${megabytes}m likeness ${folder}`

/** Whether this machine lets us have one (Linux; some containers do not). */
export const canHaveSmallDisk = spawnSync('unshare', [...apart, 'sh', '-c', mountTmpfs(1, '/mnt')]).status === 0

/** Mounts one. @param folder an empty one; what is put on the disk is not seen in it, but in the folder that is told */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  const holder = spawnBound({
    command: 'unshare',
    args: [...apart, 'sh', '-c', `${mountTmpfs(megabytes, folder)} && touch ${folder}/mounted && exec sleep infinity`],
    cwd: folder,
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    deathSignal: 'KILL',
  })
  const mounted = join(`/proc/${holder.pid}/root`, folder)
  await eventually(() => rm(join(mounted, 'mounted')), { limitMs: 15_000 })
  const ballast = join(mounted, 'ballast')
  return {
    folder: mounted,
    fill: async () => {
      const file = await open(ballast, 'w')
      const bytes = Buffer.alloc(4_096)
      while (await file.write(bytes).catch(isFull));
      await file.close()
    },
    free: () => rm(ballast),
    remove: () => holder.end('SIGKILL', 1_000),
  }
}

// Not by `instanceof Error`: under jest the system's errors are another realm's.
function isFull(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
}
