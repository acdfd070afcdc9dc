import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Lowers the priority of a process and of its current threads. On Linux each thread has its own priority, and new threads
 * inherit the priority of the thread that starts them.
 *
 * @param niceness 1–19; at 10 the process gets a tenth of a core that a process at 0 also wants (weights 110 to 1024 in the
 *   kernel's kernel/sched/core.c)
 */
export function lowerPriority(pid: number, niceness: number): void {
  for (const thread of new Set([pid, ...threadsOf(pid)])) {
    try {
      setPriority(thread, niceness)
    } catch {
      // The thread has ended.
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
