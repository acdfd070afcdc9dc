import type { Logger } from './logger.ts'
import { reasonOf } from './reason-of.ts'
import { markReported } from './reported-outages.ts'

/** Logs the outages of a dependency: one line when it becomes unavailable, and one line when it is available again. */
export interface DependencyWatch {
  /** A call failed, because the dependency cannot be reached. Further lines about this error are logged at `debug`. */
  failed(error: unknown): void
  /** A call reached the dependency. */
  succeeded(): void
}

interface WatchOptions {
  /** The name in logs, such as `maindb` or `auth-service`. */
  name: string
  /** The variable that contains the address. The line names it, because a wrong address is a frequent cause. */
  variable: string
  /** Whether it is another service, which usually starts a moment later. Until then, the log only says `waiting for …`. */
  isPeer?: boolean
  logger: Pick<Logger, 'info' | 'warn'>
}

/** Creates the watch of one dependency. One watch for each dependency of a process, or its outage is logged twice. */
export function watchDependency({ name, variable, isPeer = false, logger }: WatchOptions): DependencyWatch {
  let state: 'unknown' | 'available' | 'unavailable' = 'unknown'
  const fields = { dependency: name, variable }

  function logUnavailable(reason: string): void {
    if (isPeer && state === 'unknown') {
      logger.info({ event: 'dependency.waiting', ...fields, reason }, `waiting for ${name}`)
      return
    }
    const message = `${name} is unavailable: ${reason}. If this continues, check ${variable}.`
    logger.warn({ event: 'dependency.unavailable', ...fields, reason }, message)
  }

  return {
    failed(error) {
      markReported(error)
      if (state === 'unavailable') return
      logUnavailable(reasonOf(error))
      state = 'unavailable'
    },
    succeeded() {
      if (state === 'unavailable') logger.info({ event: 'dependency.available', ...fields }, `${name} is available`)
      state = 'available'
    },
  }
}

/** A watch that logs nothing, for commands and tests. */
export const unwatched: DependencyWatch = { failed: () => undefined, succeeded: () => undefined }
