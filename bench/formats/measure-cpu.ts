/** A quick task is repeated until it has used this much CPU, at most three times. The median is the result. */
const ENOUGH_MS = 60

/** Returns the result of a task and the CPU that this process used. No other task may run in the process. */
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
