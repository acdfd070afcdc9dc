const LOOK_MS = 10_000
/** The event loop's share of active time below which a look counts as quiet. Health checks and polls take less. */
const QUIET = 0.03
/** So many quiet looks in a row are rest: 20 to 30 s. */
const QUIET_LOOKS = 2

/**
 * Collects garbage once after each time that the process was busy, its start included, as soon as it rests. A last
 * resort's collection took 80 ms on Node 24.
 *
 * V8 collects when memory is allocated. A process that allocates nothing keeps the young generation of its busiest
 * moment: 15 to 30 MB. A smaller young generation (`--max-semi-space-size=4`) would cost CPU under load.
 *
 * Does nothing unless node was started with `--expose-gc`. Before Node 22 V8 does not know `last-resort`, and gives back
 * what an ordinary collection does.
 */
export function collectAtRest(): void {
  const collect = globalThis.gc as ((options: object) => void) | undefined
  if (!collect) return
  const look = watchForRest(() => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    look(performance.eventLoopUtilization(before).utilization)
    // Measured after the look: what collecting took is no work.
    before = performance.eventLoopUtilization()
  }, LOOK_MS)
  timer.unref()
}

/**
 * Tells rest from work.
 *
 * @returns takes the event loop's utilization (0–1) since the last look, and calls `onRest` once for each rest
 */
export function watchForRest(onRest: () => void): (utilization: number) => void {
  let hasWorked = true
  let quietLooks = 0
  return (utilization) => {
    if (utilization > QUIET) {
      hasWorked = true
      quietLooks = 0
      return
    }
    quietLooks += 1
    if (!hasWorked || quietLooks < QUIET_LOOKS) return
    hasWorked = false
    onRest()
  }
}
