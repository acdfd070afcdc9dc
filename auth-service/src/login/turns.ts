/** Runs an attempt at a password when the attempts before it have ended. */
export type Turns = <Result>(key: string, attempt: () => Promise<Result>) => Promise<Result>

/** Less than the attempts that a key has: attempts count before they are checked, successful ones too. */
const AT_ONCE = 4
/** Together with the limit of a call to main-service, a client gets an answer within 5 s when main-service is away. */
const LONGEST_STANDSTILL_MS = 700

interface Line {
  running: number
  /** The waiting attempts in order, each with the function that starts it. */
  waiting: Map<NodeJS.Timeout, () => void>
}

/**
 * Limits the concurrent attempts at one password. Otherwise a user who logs in from many places at once would use up
 * their own attempts. An attempt that waits while no other one ends starts anyway; then the count may refuse it.
 */
export function createTurns(): Turns {
  const lines = new Map<string, Line>()

  return async (key, attempt) => {
    const line = lines.get(key) ?? { running: 0, waiting: new Map() }
    lines.set(key, line)
    if (line.running >= AT_ONCE) await turnIn(line)
    line.running++
    try {
      return await attempt()
    } finally {
      line.running--
      const [next] = line.waiting.values()
      next?.()
      // An attempt has ended, so the others wait for the full time again: the machine is busy, not stuck.
      for (const timer of line.waiting.keys()) timer.refresh()
      if (line.running === 0 && line.waiting.size === 0) lines.delete(key)
    }
  }
}

function turnIn({ waiting }: Line): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      waiting.delete(timer)
      resolve()
    }
    const timer = setTimeout(go, LONGEST_STANDSTILL_MS)
    waiting.set(timer, go)
  })
}
