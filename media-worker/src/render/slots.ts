import { RequeueError, type RoutingKey } from '@likeness/media-jobs'

export interface Slots {
  /**
   * Waits for a slot. An interactive job waits only for other interactive jobs. A bulk job waits for a slot without any
   * job, or, if there is only one slot, for the previous bulk job.
   *
   * @returns a function that releases the slot
   * @throws RequeueError when the signal aborts first
   */
  take(routingKey: RoutingKey, stopping: AbortSignal): Promise<() => void>
  total(): number
  /** Fewer than are taken end nothing: no others begin until they are free. */
  resize(total: number): void
  /** May be more than the total: interactive jobs begin although bulk jobs are on their way. */
  busy(): number
  /** Seconds that slots were taken, all together, up to now. */
  busySeconds(): number
}

/** How many jobs of a kind may run at once. */
export function slotsFor(routingKey: RoutingKey, total: number): number {
  return routingKey === 'bulk' ? Math.max(1, total - 1) : total
}

/** Lets only so many jobs run at once. */
export function createSlots(initialTotal: number): Slots {
  let total = initialTotal
  const running = { interactive: 0, bulk: 0 }
  const waiting: { interactive: (() => void)[]; bulk: (() => void)[] } = { interactive: [], bulk: [] }
  const busy = (): number => running.interactive + running.bulk
  let countedMs = performance.now()
  let busyMs = 0

  const isFree = (routingKey: RoutingKey): boolean =>
    running[routingKey] < slotsFor(routingKey, total) && (routingKey === 'interactive' || total === 1 || busy() < total)
  const countBusy = (): void => {
    const now = performance.now()
    busyMs += busy() * (now - countedMs)
    countedMs = now
  }
  const next = (): void => {
    for (const routingKey of ['interactive', 'bulk'] as const) {
      while (waiting[routingKey].length > 0 && isFree(routingKey)) {
        countBusy()
        running[routingKey] += 1
        waiting[routingKey].shift()?.()
      }
    }
  }
  const releaseOnce = (routingKey: RoutingKey): (() => void) => {
    let held = true
    return () => {
      if (!held) return
      held = false
      countBusy()
      running[routingKey] -= 1
      next()
    }
  }

  return {
    busy,
    total: () => total,
    resize: (wanted) => {
      total = wanted
      next()
    },
    busySeconds: () => {
      countBusy()
      return busyMs / 1_000
    },
    take: (routingKey, stopping) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting[routingKey] = waiting[routingKey].filter((waiter) => waiter !== begin)
          reject(new RequeueError('The worker takes no jobs now'))
        }
        const begin = (): void => {
          stopping.removeEventListener('abort', giveUp)
          resolve(releaseOnce(routingKey))
        }
        if (stopping.aborted) return giveUp()
        stopping.addEventListener('abort', giveUp)
        waiting[routingKey].push(begin)
        next()
      }),
  }
}
