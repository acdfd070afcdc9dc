import { performance } from 'node:perf_hooks'

const INTERVAL_MS = 10_000
/** An interval is quiet if the event loop was active for less than this share. Health checks and polls take less. */
const QUIET_SHARE = 0.03
/** The process is idle after this many quiet intervals in a row: 20 to 30 s. */
const QUIET_INTERVALS = 2

/**
 * Collects garbage once whenever the process becomes idle after it was busy; the start counts as busy. Such a `last-resort`
 * collection took 80 ms on Node 24.
 *
 * V8 collects garbage only when memory is allocated. An idle process therefore keeps the young generation of its busiest
 * moment: 15 to 30 MB. A smaller young generation (`--max-semi-space-size=4`) would cost CPU under load.
 *
 * Does nothing unless node was started with `--expose-gc`. Before Node 22, V8 does not know `last-resort` and does an
 * ordinary collection.
 */
export function collectWhenIdle(): void {
  const collect = globalThis.gc as ((options: object) => void) | undefined
  if (!collect) return
  const addInterval = watchForIdle(() => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    addInterval(performance.eventLoopUtilization(before).utilization)
    // Measured after a collection, so that the collection does not count as activity.
    before = performance.eventLoopUtilization()
  }, INTERVAL_MS)
  timer.unref()
}

/**
 * Calls `onIdle` once whenever the process becomes idle.
 *
 * @returns a function that takes the event loop's utilization (0 to 1) in the last interval
 */
export function watchForIdle(onIdle: () => void): (utilization: number) => void {
  let wasBusy = true
  let quietIntervals = 0
  return (utilization) => {
    if (utilization > QUIET_SHARE) {
      wasBusy = true
      quietIntervals = 0
      return
    }
    quietIntervals += 1
    if (!wasBusy || quietIntervals < QUIET_INTERVALS) return
    wasBusy = false
    onIdle()
  }
}
