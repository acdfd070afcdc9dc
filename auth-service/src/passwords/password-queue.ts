import { authProblems } from '../problems.ts'

/** Work with a password: mostly the computation of a hash, with the calls to main-service that belong to it. */
interface PasswordWork<Result> {
  /** At most three works of one key run at once, such as attempts at one account or from one network address. */
  keys: string[]
  /**
   * Whether the client has shown that it knows a password or an invitation, such as a device that has logged in before.
   * Such work starts before all other work, so that guesses from many addresses do not delay it.
   */
  isKnown: boolean
  run: () => Promise<Result>
}

/** Runs work with passwords, and rejects it with 503 `overloaded` if it would wait for too long. */
export type PasswordQueue = <Result>(work: PasswordWork<Result>) => Promise<Result>

export interface QueueLimits {
  /** Works that run at once. */
  running: number
  /** Works of one key that run at once. Less than the attempts that main-service allows, because it counts them at their start. */
  runningPerKey: number
  /** Works that wait, separately for known clients and others. Further ones are rejected after the same time. */
  waiting: number
  waitingPerKey: number
  waitMs: number
}

/**
 * Two works run for each hash that is computed at once, because a work also waits for main-service. Four more run, so that
 * the works of one key leave some to others. More would delay known clients, which wait for the hashes of all running
 * works. One core computes about 100 hashes in 1.2 s, so a longer queue would only delay the rejections.
 */
export const limitsFor = (hashesAtOnce: number): QueueLimits => ({
  running: 2 * hashesAtOnce + 4,
  runningPerKey: 3,
  waiting: 400,
  waitingPerKey: 100,
  waitMs: 1_200,
})

interface Waiting {
  keys: string[]
  start: () => void
}

/**
 * A queue with a limited length and a limited wait. Without the limits, a flood of guesses delays every login by as long as
 * the queue is. Without the limit per key, attempts from one address take every place, and a user who logs in on many
 * devices at once uses up their own attempts.
 */
export function createPasswordQueue(limits: QueueLimits): PasswordQueue {
  const running = createCounts()
  const waitingKeys = createCounts()
  const known: Waiting[] = []
  const others: Waiting[] = []
  let total = 0

  const canStart = ({ keys }: Pick<Waiting, 'keys'>) =>
    total < limits.running && keys.every((key) => running.of(key) < limits.runningPerKey)

  function startNext(): void {
    const next = () => known.find(canStart) ?? others.find(canStart)
    for (let waiting = next(); waiting; waiting = next()) waiting.start()
  }

  function wait(queue: Waiting[], keys: string[]): Promise<void> {
    const isFull = queue.length >= limits.waiting || keys.some((key) => waitingKeys.of(key) >= limits.waitingPerKey)
    if (isFull) return rejectLater()
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        queue.splice(queue.indexOf(waiting), 1)
        waitingKeys.remove(keys)
      }
      const waiting: Waiting = {
        keys,
        start() {
          leave()
          enter(keys)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        leave()
        reject(authProblems.overloaded())
      }, limits.waitMs)
      queue.push(waiting)
      waitingKeys.add(keys)
    })
  }

  /** Without a delay, a client that sends the next request after the response would send thousands a second. */
  async function rejectLater(): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, limits.waitMs))
    throw authProblems.overloaded()
  }

  function enter(keys: string[]): void {
    total++
    running.add(keys)
  }

  return async ({ keys, isKnown, run }) => {
    if (canStart({ keys })) enter(keys)
    else await wait(isKnown ? known : others, keys)
    try {
      return await run()
    } finally {
      total--
      running.remove(keys)
      startNext()
    }
  }
}

/** Counts by key. A key without a count takes no memory. */
function createCounts() {
  const counts = new Map<string, number>()
  const change = (key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
  return {
    of: (key: string) => counts.get(key) ?? 0,
    add: (keys: string[]) => keys.forEach((key) => change(key, 1)),
    remove: (keys: string[]) => keys.forEach((key) => change(key, -1)),
  }
}
