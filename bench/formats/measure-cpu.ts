/** What is quick is done again until this much CPU has gone into it, three times at most; the median counts. */
const ENOUGH_MS = 60

/** What a task gives, and the CPU this process took for it: nothing else may go on in it. */
export async function measureCpu<Result>(task: () => Promise<Result>): Promise<{ result: Result; cpuMs: number }> {
  const times: number[] = []
  for (;;) {
    const before = process.cpuUsage()
    const result = await task()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1_000)
    if (times.length === 3 || times.reduce((sum, ms) => sum + ms) > ENOUGH_MS) {
      return { result, cpuMs: times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN }
    }
  }
}
