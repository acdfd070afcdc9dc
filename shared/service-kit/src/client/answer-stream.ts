import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

import { problems, type Dependency } from '../process/problem.ts'

interface AnswerStreamOptions {
  /** Who answers, for the problem. */
  name: Dependency
  /** How long a read may wait for a byte. While nobody reads, nothing counts. */
  idleLimitMs: number
  /** Aborted by whoever asked, or here: ends the request. */
  cutting: AbortController
}

/**
 * The body of an answer, read from the network only as it is read here. Destroying it cuts the request.
 *
 * Fails with 503 when the service goes away in the middle, ends before the length that it told, or falls silent.
 */
export function streamAnswer(answer: IncomingMessage, { name, idleLimitMs, cutting }: AnswerStreamOptions): Readable {
  const chunks = answer.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>
  const stream = new Readable({
    async read() {
      const late = () => this.destroy(problems.unavailable(name, new Error(`no byte within ${idleLimitMs} ms`)))
      const timer = setTimeout(late, idleLimitMs)
      try {
        const { done, value } = await chunks.next()
        this.push(done ? null : value)
      } catch (error) {
        this.destroy(problems.unavailable(name, error))
      } finally {
        clearTimeout(timer)
      }
    },
    destroy(error, done) {
      cutting.abort()
      answer.destroy()
      done(error)
    },
  })
  const giveUp = () => stream.destroy(problems.unavailable(name, cutting.signal.reason))
  cutting.signal.addEventListener('abort', giveUp, { once: true })
  return stream
}
