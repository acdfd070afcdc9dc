/** The errors of outages that a watch of a dependency has logged. */
const reported = new WeakSet<Error>()

/** Records that the outage behind this error was logged. */
export function markReported(error: unknown): void {
  if (error instanceof Error) reported.add(error)
}

/** Whether the outage that caused this error was logged. */
export function isReportedOutage(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (reported.has(one)) return true
  return false
}
