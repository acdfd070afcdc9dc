import { priorityOf, RequeueError, routingKeys, type Priority, type RoutingKey } from '@likeness/media-jobs'

export interface Slots {
  /**
   * Waits for a slot. A job of the express queue waits only for other jobs of this queue, and an interactive job for other
   * interactive jobs, unless all processes are busy. A bulk job waits for a slot without any job, or, if there is only one
   * slot, for the previous bulk job.
   *
   * @returns a function that releases the slot
   * @throws RequeueError when the signal aborts first
   */
  acquire(routingKey: RoutingKey, stopping: AbortSignal): Promise<() => void>
  total(): number
  /** Changes the number of slots. If more are busy, their jobs continue, and no other job starts until slots are free. */
  resize(total: number): void
  /** The number of running jobs. It can exceed the total, because the jobs of each queue have slots of their own. */
  busy(): number
  /** The busy time of all slots together, in seconds. */
  busySeconds(): number
}

/** The maximum number of jobs of a queue that run at the same time. */
export function slotsFor(routingKey: RoutingKey, total: number): number {
  return routingKey === 'bulk' ? Math.max(1, total - 1) : total
}

/** The maximum number of jobs of a priority that run at the same time. */
export function processesFor(priority: Priority, total: number): number {
  const queues = routingKeys.filter((routingKey) => priorityOf(routingKey) === priority)
  return queues.reduce((sum, routingKey) => sum + slotsFor(routingKey, total), 0)
}

/**
 * The maximum number of jobs of all queues that run at the same time: every slot for interactive jobs, the slots of the
 * bulk jobs, and one express job, so that an express job never waits for jobs of other owners. Further express jobs use
 * slots that are free.
 */
function maxRunning(total: number): number {
  return slotsFor('interactive', total) + slotsFor('bulk', total) + 1
}

/** Creates the slots, which limit the number of jobs that run at the same time. */
export function createSlots(initialTotal: number): Slots {
  let total = initialTotal
  const running: Record<RoutingKey, number> = { express: 0, interactive: 0, bulk: 0 }
  const waiting: Record<RoutingKey, (() => void)[]> = { express: [], interactive: [], bulk: [] }
  const busy = (): number => running.express + running.interactive + running.bulk
  let countedMs = performance.now()
  let busyMs = 0

  const isFree = (routingKey: RoutingKey): boolean => {
    const most = routingKey === 'bulk' && total > 1 ? total : maxRunning(total)
    return running[routingKey] < slotsFor(routingKey, total) && busy() < most
  }
  const countBusy = (): void => {
    const now = performance.now()
    busyMs += busy() * (now - countedMs)
    countedMs = now
  }
  const next = (): void => {
    for (const routingKey of routingKeys) {
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
