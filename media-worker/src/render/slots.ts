import { GivenBackError, type RoutingKey } from '@likeness/media-jobs'

export interface Slots {
  /**
   * Waits for a slot; interactive jobs go first, and bulk jobs leave them one.
   *
   * @returns what gives it back
   * @throws GivenBackError when the signal aborts first
   */
  take(routingKey: RoutingKey, stopping: AbortSignal): Promise<() => void>
  busy(): number
}

/** How many jobs of a kind may run at once. */
export function slotsFor(routingKey: RoutingKey, total: number): number {
  return routingKey === 'bulk' ? Math.max(1, total - 1) : total
}

/** Lets only so many jobs run at once, whichever queue they came from. */
export function createSlots(total: number): Slots {
  const running = { interactive: 0, bulk: 0 }
  const waiting: { interactive: (() => void)[]; bulk: (() => void)[] } = { interactive: [], bulk: [] }
  const busy = (): number => running.interactive + running.bulk

  const isFree = (routingKey: RoutingKey): boolean =>
    busy() < total && running[routingKey] < slotsFor(routingKey, total)
  const next = (): void => {
    for (const routingKey of ['interactive', 'bulk'] as const) {
      while (waiting[routingKey].length > 0 && isFree(routingKey)) {
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
      running[routingKey] -= 1
      next()
    }
  }

  return {
    busy,
    take: (routingKey, stopping) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => {
          waiting[routingKey] = waiting[routingKey].filter((waiter) => waiter !== begin)
          reject(new GivenBackError('The worker stops'))
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
