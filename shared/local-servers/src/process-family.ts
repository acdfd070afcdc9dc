import { readFileSync } from 'node:fs'

import type { BoundProcess } from './bound-process.ts'

/** Sends a signal to a process and to all that it started, and they in turn (Linux; elsewhere to itself alone). */
export function signalFamily(root: BoundProcess | undefined, signal: NodeJS.Signals): void {
  if (!root?.isRunning()) return
  for (const pid of listFamily(root.pid)) {
    try {
      process.kill(pid, signal)
    } catch {
      // Gone between the listing and the signal: nothing left to tell.
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
