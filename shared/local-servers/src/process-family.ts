import { readFileSync } from 'node:fs'

import type { BoundProcess } from './bound-process.ts'

/** Sends a signal to a process and all its descendants (on Linux; on other systems only to the process). */
export function signalFamily(root: BoundProcess | undefined, signal: NodeJS.Signals): void {
  if (!root?.isRunning()) return
  for (const pid of listFamily(root.pid)) {
    try {
      process.kill(pid, signal)
    } catch {
      // The process ended after it was listed.
    }
  }
}

function listFamily(pid: number): number[] {
  return [pid, ...readChildren(pid).flatMap(listFamily)]
}

function readChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
