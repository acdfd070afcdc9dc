import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { createAttemptQueue, type AttemptQueue } from './attempt-queue.ts'

/** An attempt that runs until the test ends it. */
function startAttempt(queue: AttemptQueue, key: string) {
  const attempt = { hasStarted: false, end: () => {}, fail: (_error: Error) => {}, outcome: Promise.resolve() }
  attempt.outcome = queue(
    key,
    () =>
      new Promise<void>((resolve, reject) => {
        attempt.hasStarted = true
        attempt.end = resolve
        attempt.fail = reject
      }),
  )
  return attempt
}

const settle = () => jest.advanceTimersByTimeAsync(0)

describe('The queue of password attempts', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('runs four attempts of a key at once, and the fifth after one of them has ended', async () => {
    const queue = createAttemptQueue()
    const attempts = Array.from({ length: 6 }, () => startAttempt(queue, 'ada'))
    await settle()
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, false, false])

    attempts[2]?.end()
    await settle()
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, true, false])
  })

  it('starts the next attempt when one fails, and returns the error of the failed one', async () => {
    const queue = createAttemptQueue()
    const attempts = Array.from({ length: 5 }, () => startAttempt(queue, 'ada'))
    await settle()
    const failed = expect(attempts[0]?.outcome).rejects.toThrow('wrong password')

    attempts[0]?.fail(new Error('wrong password'))

    await failed
    await settle()
    expect(attempts[4]?.hasStarted).toBe(true)
  })

  it('has a separate limit for each key', async () => {
    const queue = createAttemptQueue()
    for (let index = 0; index < 4; index++) startAttempt(queue, 'ada')
    const other = startAttempt(queue, 'eve')
    await settle()
    expect(other.hasStarted).toBe(true)
  })

  it('starts a waiting attempt after 700 ms in which no attempt has ended', async () => {
    const queue = createAttemptQueue()
    const attempts = Array.from({ length: 5 }, () => startAttempt(queue, 'ada'))
    await jest.advanceTimersByTimeAsync(699)
    expect(attempts[4]?.hasStarted).toBe(false)
    await jest.advanceTimersByTimeAsync(1)
    expect(attempts[4]?.hasStarted).toBe(true)
  })

  it('restarts the 700 ms whenever an attempt ends', async () => {
    const queue = createAttemptQueue()
    const attempts = Array.from({ length: 6 }, () => startAttempt(queue, 'ada'))
    await jest.advanceTimersByTimeAsync(600)
    attempts[0]?.end()
    await jest.advanceTimersByTimeAsync(699)
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, true, false])
    await jest.advanceTimersByTimeAsync(1)
    expect(attempts[5]?.hasStarted).toBe(true)
  })

  it('has no timer left after all attempts have ended', async () => {
    const queue = createAttemptQueue()
    const attempts = Array.from({ length: 5 }, () => startAttempt(queue, 'ada'))
    for (const attempt of attempts) {
      await settle()
      attempt.end()
    }
    await Promise.all(attempts.map(({ outcome }) => outcome))
    expect(jest.getTimerCount()).toBe(0)
  })
})
