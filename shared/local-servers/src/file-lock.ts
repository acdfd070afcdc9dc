import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

import { identifyProcess } from './bound-process.ts'
import { isSameProcess } from './server-record.ts'

/**
 * Runs a function under a lock on this machine. If the process that holds the lock has died, the lock is taken over.
 *
 * @param file exists while the lock is held, and contains the identity of the process that holds it
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!tryLock(file)) await pause(100)
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/**
 * Takes a lock without waiting, and holds it until `release` or the end of this process.
 *
 * @param file exists while the lock is held
 * @returns the number of the process that holds the lock, if another process does
 */
export function takeFileLock(file: string): { release: () => void } | { heldBy: number } {
  while (!tryLock(file)) {
    const holder = readHolder(file)
    if (isSameProcess(holder)) return { heldBy: Number(holder.split('@')[0]) }
  }
  return { release: () => rmSync(file, { force: true }) }
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, identifyProcess(process.pid) ?? '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (!isSameProcess(readHolder(file))) rmSync(file, { force: true })
    return false
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
