import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than a process uses a collection of its metrics again (`exposed-metrics.ts` in service-kit). */
const OUTDATED_MS = 1_100

/** The metrics of a process, collected after this call. */
export async function readMetrics(url: string): Promise<string> {
  await sleep(OUTDATED_MS)
  return (await fetch(`${url}/metrics`)).text()
}
