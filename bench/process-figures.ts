import { readdirSync, readFileSync } from 'node:fs'

/** What a process and those that it started have taken and hold. */
export interface FamilyFigures {
  cpuMs: number
  /** Pages that several of them share count for each. */
  residentBytes: number
}

/**
 * CPU time and memory of a process and all that it started, from Linux's /proc. What those took who are gone by now is
 * in their parent's account.
 *
 * @param which `root` is the process alone, `children` the others alone
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

/** Memory that a family would give back if it ended: what is shared with others counts by its part. */
export function proportionalBytesOf(root: number): number {
  return listFamily(root).reduce((sum, pid) => sum + kilobytesIn(`/proc/${pid}/smaps_rollup`, 'Pss') * 1_024, 0)
}

/** The process, then all that it started, and they in turn. */
export function listFamily(root: number): number[] {
  const children = tasksOf(root).flatMap((task) => read(`/proc/${root}/task/${task}/children`).split(' '))
  return [root, ...children.filter(Boolean).map(Number).flatMap(listFamily)]
}

/** proc(5): user and system time, of itself and of children that are gone, in hundredths of a second. */
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

/** Nothing, when the process has gone meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
