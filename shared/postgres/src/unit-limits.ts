import { problems } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import { limits } from './limits.ts'

export interface LimitOptions {
  /** Limit for the whole transaction, in milliseconds. */
  limitMs?: number
}

/** A unit of work reached its limit. Its commit may already be running and can still succeed. */
export class UnitLimitError extends Error {
  override readonly name = 'UnitLimitError'
}

/** Tracks the statements and the end of a unit of work. */
export interface UnitState {
  /**
   * Runs a statement.
   *
   * @throws Error after the unit has ended.
   */
  run<T>(statement: () => Promise<T>): Promise<T>
  /**
   * Ends the unit, before the commit.
   *
   * @throws Error after the limit, or when statements that were not awaited are still running
   */
  end(): void
}

/**
 * Runs a unit of work with a time limit, and rejects statements after its end.
 *
 * @throws {Problem} 503 after the limit. The response says that nothing was changed, so the transaction must not commit.
 */
export async function limitUnit<Result>(
  { limitMs = limits.transaction }: LimitOptions = {},
  work: (state: UnitState) => Promise<Result>,
): Promise<Result> {
  let ended: string | undefined
  let running = 0
  const state: UnitState = {
    async run(statement) {
      if (ended !== undefined) throw new Error(`This unit of work has ended: ${ended}`)
      running++
      try {
        return await statement()
      } finally {
        running--
      }
    },
    end() {
      if (ended !== undefined) throw new Error(`This unit of work has ended: ${ended}`)
      ended = running === 0 ? 'its transaction was committed' : 'a statement that was not awaited was still running'
      if (running > 0) throw new Error(`This unit of work cannot be committed: ${ended}`)
    },
  }
  const fail = (): never => {
    ended ??= 'its limit was reached'
    throw problems.unavailable('database', new UnitLimitError(`The transaction did not end within ${limitMs} ms`))
  }
  try {
    return await pTimeout(work(state), { milliseconds: limitMs, fallback: fail })
  } finally {
    ended ??= 'its work failed'
  }
}
