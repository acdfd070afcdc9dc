import { getEventListeners, once } from 'node:events'

import { describe, expect, it } from '@jest/globals'

import { timeLimit } from './time-limit.ts'

describe('A time limit', () => {
  const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

  it('aborts after its time, and leaves nothing on the other signals', async () => {
    const stopping = new AbortController()
    const limit = timeLimit(5, stopping.signal)
    expect(listenersOf(stopping.signal)).toBe(1)
    // The timer of the limit does not keep the process alive.
    const keepAlive = setInterval(() => undefined, 1_000)
    await once(limit, 'abort')
    clearInterval(keepAlive)
    expect(limit.reason).toMatchObject({ name: 'TimeoutError', message: 'Timed out after 5 ms' })
    expect(listenersOf(stopping.signal)).toBe(0)
    expect(stopping.signal.aborted).toBe(false)
  })

  it('aborts with the first of the other signals, for its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const limit = timeLimit(60_000, one.signal, other.signal)
    other.abort('the client has left')
    one.abort('too late')
    expect(limit.reason).toBe('the client has left')
    expect([listenersOf(one.signal), listenersOf(other.signal)]).toEqual([0, 0])
  })

  it('has aborted if another signal has', () => {
    const limit = timeLimit(60_000, new AbortController().signal, AbortSignal.abort('stopped'))
    expect([limit.aborted, limit.reason]).toEqual([true, 'stopped'])
  })
})
