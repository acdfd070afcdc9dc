/** Runs a password attempt. At most four attempts of one key run at once; the others wait in order. */
export type AttemptQueue = <Result>(key: string, attempt: () => Promise<Result>) => Promise<Result>

/** Lower than the limit of 10 attempts for a key, because main-service counts an attempt before the password is checked. */
const CONCURRENCY = 4
/** Short, so that a client gets a response within 5 s even if the following call to main-service reaches its time limit. */
const MAX_WAIT_MS = 700

interface KeyState {
  running: number
  /** The waiting attempts in order, each with the function that starts it. */
  waiting: Map<NodeJS.Timeout, () => void>
}

/**
 * Limits the concurrent attempts at one password. Without the limit, a user who logs in from many places at once would
 * use up their own attempts. If no running attempt ends within 700 ms, a waiting attempt starts anyway, and main-service
 * may reject it for exceeding the limit.
 */
export function createAttemptQueue(): AttemptQueue {
  const states = new Map<string, KeyState>()

  return async (key, attempt) => {
    const state = states.get(key) ?? { running: 0, waiting: new Map() }
    states.set(key, state)
    if (state.running >= CONCURRENCY) await waitInQueue(state)
    state.running++
    try {
      return await attempt()
    } finally {
      state.running--
      const [startNext] = state.waiting.values()
      startNext?.()
      // An attempt has ended, so the machine is busy but not stuck: the others wait for the full time again.
      for (const timer of state.waiting.keys()) timer.refresh()
      if (state.running === 0 && state.waiting.size === 0) states.delete(key)
    }
  }
}

function waitInQueue({ waiting }: KeyState): Promise<void> {
  return new Promise((resolve) => {
    const start = () => {
      clearTimeout(timer)
      waiting.delete(timer)
      resolve()
    }
    const timer = setTimeout(start, MAX_WAIT_MS)
    waiting.set(timer, start)
  })
}
