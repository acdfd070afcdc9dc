/** Runs an attempt at a password when its turn has come. */
export type Turns = <Result>(key: string, attempt: () => Promise<Result>) => Promise<Result>

/** Fewer than the guesses that a key has: attempts count before they are looked at, right ones too. */
const AT_ONCE = 4
/** With the limit on a call to main-service, a client still hears within 5 s when that one is away. */
const LONGEST_STANDSTILL_MS = 700

interface Line {
  running: number
  /** Those who wait, each with what lets them go, the first that came first. */
  waiting: Map<NodeJS.Timeout, () => void>
}

/**
 * Attempts at one password come a few at a time, or somebody who logs in from many places at the same moment would use
 * up their own guesses. Whoever waits while nobody comes to an end goes all the same: it is then for the count to refuse
 * them.
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
      // The line moves: a machine that is busy is none that stands still.
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
