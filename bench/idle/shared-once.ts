import { readFileSync } from 'node:fs'

/**
 * The memory of several processes, in which a shared page of a file, such as Node's program, counts once. This is the
 * memory that they use on a machine on which no other process uses these files. From Linux's /proc/PID/smaps.
 */
export function bytesSharedOnce(pids: number[]): number {
  const anonymous: number[] = []
  const files = new Map<string, number>()
  for (const pid of pids) {
    for (const { name, residentKb, anonymousKb } of readMappings(pid)) {
      anonymous.push(anonymousKb)
      // Two processes can have different pages of one mapping. Together they have at least the larger number of pages.
      files.set(name, Math.max(files.get(name) ?? 0, residentKb - anonymousKb))
    }
  }
  return [...anonymous, ...files.values()].reduce((sum, kilobytes) => sum + kilobytes, 0) * 1_024
}

interface Mapping {
  /** The file with its offset; without a file, the process id and the address. */
  name: string
  residentKb: number
  anonymousKb: number
}

function readMappings(pid: number): Mapping[] {
  const blocks = readFileSync(`/proc/${pid}/smaps`, 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  return blocks.map((block) => {
    const [, address = '', offset = '', path = ''] = /^(\S+) \S+ (\S+) \S+ \d+ *(.*)$/m.exec(block) ?? []
    const kilobytes = (field: string) => Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(block)?.[1] ?? 0)
    return {
      name: path.startsWith('/') ? `${path} ${offset}` : `${pid} ${address}`,
      residentKb: kilobytes('Rss'),
      anonymousKb: kilobytes('Anonymous'),
    }
  })
}
