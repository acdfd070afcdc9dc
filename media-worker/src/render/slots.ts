import { RequeueError, type RoutingKey } from '@likeness/media-jobs'

export interface Slots {
  /**
   * Waits for a slot. An interactive job waits only for other interactive jobs. A bulk job waits for a slot without any
   * job, or, if there is only one slot, for the previous bulk job.
   *
   * @returns a function that releases the slot
   * @throws RequeueError when the signal aborts first
   */
  acquire(routingKey: RoutingKey, stopping: AbortSignal): Promise<() => void>
  total(): number
  /** Changes the number of slots. If more are busy, their jobs continue, and no other job starts until slots are free. */
  resize(total: number): void
  /** The number of busy slots. It can exceed the total, because interactive jobs start while bulk jobs are running. */
  busy(): number
  /** The busy time of all slots together, in seconds. */
  busySeconds(): number
}

/** The maximum number of jobs of a queue that run at the same time. */
export function slotsFor(routingKey: RoutingKey, total: number): number {
  return routingKey === 'bulk' ? Math.max(1, total - 1) : total
}

/** Creates the slots, which limit the number of jobs that run at the same time. */
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
    acquire: (routingKey, stopping) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting[routingKey] = waiting[routingKey].filter((waiter) => waiter !== begin)
          reject(new RequeueError('The worker is not accepting jobs'))
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
