import { readdirSync, readFileSync } from 'node:fs'

/** The CPU and memory of a process and all processes that it started. */
export interface FamilyFigures {
  cpuMs: number
  /** A page that several of the processes share counts once for each. */
  residentBytes: number
}

/**
 * Reads the CPU time and memory of a process and all processes that it started, from Linux's /proc. The CPU time of
 * processes that have ended is part of their parent's.
 *
 * @param which `root`: only the process; `children`: only the others
 */
export function figuresOfFamily(root: number, which: 'all' | 'root' | 'children' = 'all'): FamilyFigures {
  const members = which === 'root' ? [root] : listFamily(root)
  const figures = members
    .filter((pid) => which !== 'children' || pid !== root)
    .map((pid) => ({ cpuMs: cpuMsOf(pid), residentBytes: residentBytesOf(pid) }))
  return {
    cpuMs: figures.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentBytes: figures.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  }
}

/** The PSS of a process and its children, in which a page that several processes share is divided among them. */
export function proportionalBytesOf(root: number): number {
  return listFamily(root).reduce((sum, pid) => sum + kilobytesIn(`/proc/${pid}/smaps_rollup`, 'Pss') * 1_024, 0)
}

/** The process, then all processes that it started, directly or not. */
export function listFamily(root: number): number[] {
  const children = tasksOf(root).flatMap((task) => read(`/proc/${root}/task/${task}/children`).split(' '))
  return [root, ...children.filter(Boolean).map(Number).flatMap(listFamily)]
}

/** proc(5): user and system time of the process and of its ended children, in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}

function residentBytesOf(pid: number): number {
  return kilobytesIn(`/proc/${pid}/status`, 'VmRSS') * 1_024
}

function kilobytesIn(file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(file))?.[1] ?? 0)
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Empty if the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
