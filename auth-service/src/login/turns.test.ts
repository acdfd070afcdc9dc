import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { createTurns } from './turns.ts'

/** An attempt that the test ends. */
function startAttempt(turns: ReturnType<typeof createTurns>, key: string) {
  const attempt = { hasStarted: false, end: () => {}, fail: (_error: Error) => {}, outcome: Promise.resolve() }
  attempt.outcome = turns(
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

describe('Turns at one password', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('runs four attempts of a key at once, and the fifth when one of them has ended', async () => {
    const turns = createTurns()
    const attempts = Array.from({ length: 6 }, () => startAttempt(turns, 'ada'))
    await settle()
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, false, false])

    attempts[2]?.end()
    await settle()
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, true, false])
  })

  it('frees the turn of an attempt that fails, and passes its error on', async () => {
    const turns = createTurns()
    const attempts = Array.from({ length: 5 }, () => startAttempt(turns, 'ada'))
    await settle()
    const failed = expect(attempts[0]?.outcome).rejects.toThrow('wrong password')

    attempts[0]?.fail(new Error('wrong password'))

    await failed
    await settle()
    expect(attempts[4]?.hasStarted).toBe(true)
  })

  it('keeps the keys apart', async () => {
    const turns = createTurns()
    for (let index = 0; index < 4; index++) startAttempt(turns, 'ada')
    const other = startAttempt(turns, 'eve')
    await settle()
    expect(other.hasStarted).toBe(true)
  })

  it('lets a waiting attempt go after 700 ms in which no other has ended', async () => {
    const turns = createTurns()
    const attempts = Array.from({ length: 5 }, () => startAttempt(turns, 'ada'))
    await jest.advanceTimersByTimeAsync(699)
    expect(attempts[4]?.hasStarted).toBe(false)
    await jest.advanceTimersByTimeAsync(1)
    expect(attempts[4]?.hasStarted).toBe(true)
  })

  it('starts the 700 ms again whenever an attempt ends', async () => {
    const turns = createTurns()
    const attempts = Array.from({ length: 6 }, () => startAttempt(turns, 'ada'))
    await jest.advanceTimersByTimeAsync(600)
    attempts[0]?.end()
    await jest.advanceTimersByTimeAsync(699)
    expect(attempts.map(({ hasStarted }) => hasStarted)).toEqual([true, true, true, true, true, false])
    await jest.advanceTimersByTimeAsync(1)
    expect(attempts[5]?.hasStarted).toBe(true)
  })

  it('leaves no timer behind when all attempts have ended', async () => {
    const turns = createTurns()
    const attempts = Array.from({ length: 5 }, () => startAttempt(turns, 'ada'))
    for (const attempt of attempts) {
      await settle()
      attempt.end()
    }
    await Promise.all(attempts.map(({ outcome }) => outcome))
    expect(jest.getTimerCount()).toBe(0)
  })
})
