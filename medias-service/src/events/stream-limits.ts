import { readFileSync } from 'node:fs'

import type { Logger } from '@likeness/service-kit/process'

import type { Environment } from '../env.ts'
import type { StreamLimits } from './stream-limiter.ts'

/** The limits of the environment. The total is lower if the process cannot open as many files, because each stream is one. */
export function streamLimits(environment: Environment, logger: Logger): StreamLimits {
  const configured = environment.MAX_EVENT_STREAMS
  // The other half is for requests, connections and files.
  const total = Math.max(1, Math.min(configured, Math.floor(openFilesLimit() / 2)))
  if (total < configured) logger.warn({ event: 'events.fewer-streams', configured, total })
  return {
    total,
    perCaller: environment.MAX_EVENT_STREAMS_PER_CALLER,
    perAddress: environment.MAX_EVENT_STREAMS_PER_ADDRESS,
    anonymousPerAddress: environment.MAX_ANONYMOUS_EVENT_STREAMS_PER_ADDRESS,
  }
}

/** The number of files that this process can open, by Linux's proc(5); infinite on other systems and without a limit. */
function openFilesLimit(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(limit ?? Infinity)
  } catch {
    return Infinity
  }
}
