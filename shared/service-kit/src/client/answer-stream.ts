import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

import pTimeout from 'p-timeout'

import { problems, type Dependency } from '../process/problem.ts'

interface AnswerStreamOptions {
  /** The name of the called service, for the problem. */
  name: Dependency
  /** Maximum milliseconds between two chunks. The limit does not apply while nobody reads from the stream. */
  idleLimitMs: number
  /** Ends the request. The caller or this stream aborts it. */
  controller: AbortController
}

/**
 * The body of a response as a stream. It reads from the network only as fast as its reader. Destroying it ends the
 * request.
 *
 * Fails with 503 if the service closes the connection, sends fewer bytes than it announced, or sends nothing within the
 * limit.
 */
export function streamAnswer(
  answer: IncomingMessage,
  { name, idleLimitMs, controller }: AnswerStreamOptions,
): Readable {
  const chunks = answer.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>
  const stream = new Readable({
    async read() {
      try {
        const message = `no byte within ${idleLimitMs} ms`
        const { done, value } = await pTimeout(chunks.next(), { milliseconds: idleLimitMs, message })
        this.push(done ? null : value)
      } catch (error) {
        this.destroy(problems.unavailable(name, error))
      }
    },
    destroy(error, done) {
      controller.abort()
      answer.destroy()
      done(error)
    },
  })
  const giveUp = () => stream.destroy(problems.unavailable(name, controller.signal.reason))
  controller.signal.addEventListener('abort', giveUp, { once: true })
  return stream
}
