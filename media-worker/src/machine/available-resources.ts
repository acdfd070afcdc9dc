import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'

/** The CPU and the memory that this process can use. */
export interface AvailableResources {
  /** CPU time, in cores; a control group can limit it to a fraction of a core. */
  cores: number
  memoryBytes: number
}

const GROUPS = 'sys/fs/cgroup'

/**
 * Reads the resources of this process: the machine's cores and memory, or the lowest limit of its control groups at every
 * visible level. It reads both versions of Linux's control groups (the kernel's admin-guide/cgroup-v2.rst and
 * admin-guide/cgroup-v1, scheduler/sched-bwc.rst). Inside a container, the process's own group is the root of the mounted
 * file system.
 *
 * @param root folder that contains `proc` and `sys`
 */
export function readAvailableResources(
  root = '/',
  machine: AvailableResources = { cores: availableParallelism(), memoryBytes: totalmem() },
): AvailableResources {
  const read = (...path: string[]): string => readIfThere(join(root, ...path))
  const cores = [machine.cores]
  const memoryBytes = [machine.memoryBytes]
  for (const { controllers, path } of groupsOf(read('proc/self/cgroup'))) {
    for (const level of levelsOf(path)) {
      if (controllers.includes('')) {
        cores.push(ratioOf(read(GROUPS, level, 'cpu.max')))
        memoryBytes.push(limitOf(read(GROUPS, level, 'memory.max')))
      }
      if (controllers.includes('cpu')) {
        const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) =>
          read(GROUPS, 'cpu', level, file),
        )
        cores.push(ratioOf(`${quota} ${period}`))
      }
      if (controllers.includes('memory'))
        memoryBytes.push(limitOf(read(GROUPS, 'memory', level, 'memory.limit_in_bytes')))
    }
  }
  return { cores: Math.min(...cores), memoryBytes: Math.min(...memoryBytes) }
}

/** Parses lines such as `4:memory:/a/b`, or `0::/a/b` for version 2. */
function groupsOf(text: string): { controllers: string[]; path: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    return controllers === undefined || path === undefined ? [] : [{ controllers: controllers.split(','), path }]
  })
}

/** A group and its parents: `/a/b`, `/a` and the root. For a group outside the mounted file system, only the root. */
function levelsOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  if (names.includes('..')) return ['']
  return [...names.map((_name, index) => names.slice(0, names.length - index).join('/')), '']
}

/** `150000 100000` is 1.5 cores; `max 100000` and `-1 100000` mean no limit. */
function ratioOf(text: string): number {
  const [, quota, period] = /^(\d+)\s+(\d+)$/.exec(text.replaceAll('\n', ' ').trim()) ?? []
  return Number(quota) > 0 && Number(period) > 0 ? Number(quota) / Number(period) : Number.POSITIVE_INFINITY
}

function limitOf(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.POSITIVE_INFINITY
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
