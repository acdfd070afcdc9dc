import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'

/** What this process may use. */
export interface AvailableResources {
  /** Cores' worth of time, a fraction where the limit is one. */
  cores: number
  memoryBytes: number
}

const GROUPS = 'sys/fs/cgroup'

/**
 * What is given to this process: the machine's cores and memory, or what its control groups leave of them, at every
 * level that can be seen. Both versions of Linux's control groups are read (the kernel's admin-guide/cgroup-v2.rst and
 * admin-guide/cgroup-v1, scheduler/sched-bwc.rst); inside a container the own group is the root of what is mounted.
 *
 * @param root where `proc` and `sys` lie
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

/** Lines such as `4:memory:/a/b`, and `0::/a/b` for version 2. */
function groupsOf(text: string): { controllers: string[]; path: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    return controllers === undefined || path === undefined ? [] : [{ controllers: controllers.split(','), path }]
  })
}

/** A group and every one above it, `/a/b`, `/a` and the root; of one outside of what is mounted, the root alone. */
function levelsOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  if (names.includes('..')) return ['']
  return [...names.map((_name, index) => names.slice(0, names.length - index).join('/')), '']
}

/** `150000 100000` is one core and a half; `max 100000` and `-1 100000` are no limit. */
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
