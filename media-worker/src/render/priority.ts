import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Lowers the priority of a process and of the threads that it has: on Linux each thread has one of its own, which the
 * threads that it starts take over.
 *
 * @param niceness 1–19; at 10 the kernel's scheduler gives it a tenth of a core that another wants at 0 (weights 110 to
 *   1024, kernel/sched/core.c)
 */
export function lowerPriority(pid: number, niceness: number): void {
  for (const thread of new Set([pid, ...threadsOf(pid)])) {
    try {
      setPriority(thread, niceness)
    } catch {
      // It has ended.
    }
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
