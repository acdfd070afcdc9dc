import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { createPasswordQueue, type PasswordQueue, type QueueLimits } from './password-queue.ts'

const limits: QueueLimits = { running: 6, runningPerKey: 4, waiting: 5, waitingPerKey: 3, waitMs: 1_000 }

interface Work {
  hasStarted: boolean
  end(): void
  fail(error: Error): void
  outcome: Promise<string>
}

/** Work that runs until the test ends it. */
function begin(
  queue: PasswordQueue,
  { keys = [], isKnown = false }: { keys?: string[]; isKnown?: boolean } = {},
): Work {
  const work: Work = { hasStarted: false, end() {}, fail() {}, outcome: Promise.resolve('') }
  const run = () =>
    new Promise<void>((resolve, reject) => {
      work.hasStarted = true
      work.end = resolve
      work.fail = reject
    })
  work.outcome = queue({ keys, isKnown, run }).then(
    () => 'done',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )
  return work
}

const many = (count: number, start: () => Work) => Array.from({ length: count }, start)
const started = (works: Work[]) => works.filter(({ hasStarted }) => hasStarted).length
const settle = () => jest.advanceTimersByTimeAsync(0)

describe('The queue of works with passwords', () => {
  let queue: PasswordQueue
  beforeEach(() => {
    jest.useFakeTimers()
    queue = createPasswordQueue(limits)
  })
  afterEach(() => void jest.useRealTimers())

  it('runs a limited number at once, and starts the next when one ends or fails', async () => {
    const works = many(8, () => begin(queue))
    await settle()
    expect(started(works)).toBe(6)

    works[0]?.end()
    works[1]?.fail(new Error('wrong password'))
    await settle()

    expect(started(works)).toBe(8)
    expect(await works[1]?.outcome).toBe('wrong password')
  })

  it('runs four of one key at once, and others pass those that wait', async () => {
    const ada = many(6, () => begin(queue, { keys: ['ada', '192.0.2.1'] }))
    const eve = begin(queue, { keys: ['eve', '192.0.2.2'] })
    await settle()
    expect([started(ada), eve.hasStarted]).toEqual([4, true])

    ada[2]?.end()
    await settle()
    expect(started(ada)).toBe(5)
  })

  it('starts work of known clients first, in order', async () => {
    const first = many(6, () => begin(queue))
    const [other, known, later] = [begin(queue), begin(queue, { isKnown: true }), begin(queue, { isKnown: true })]
    await settle()

    first[0]?.end()
    await settle()
    expect([known.hasStarted, later.hasStarted, other.hasStarted]).toEqual([true, false, false])
    first[1]?.end()
    first[2]?.end()
    await settle()
    expect([known.hasStarted, later.hasStarted, other.hasStarted]).toEqual([true, true, true])
  })

  it('rejects work after the time limit if too many wait, even if there is a place before', async () => {
    const running = many(6, () => begin(queue))
    many(5, () => begin(queue))
    const rejected = begin(queue)
    running.forEach(({ end }) => end())
    await jest.advanceTimersByTimeAsync(limits.waitMs - 1)
    expect(rejected.hasStarted).toBe(false)

    await jest.advanceTimersByTimeAsync(1)
    expect(await rejected.outcome).toBe('overloaded')
    expect(rejected.hasStarted).toBe(false)
  })

  it('has a separate waiting list for known clients', async () => {
    const running = many(6, () => begin(queue))
    many(6, () => begin(queue))
    const known = many(5, () => begin(queue, { isKnown: true }))
    running.slice(0, 5).forEach(({ end }) => end())
    await settle()

    expect(started(known)).toBe(5)
  })

  it('rejects work of one key if too many of the key wait, and lets others start', async () => {
    const flood = many(8, () => begin(queue, { keys: ['192.0.2.1'] }))
    const other = begin(queue, { keys: ['192.0.2.2'] })
    await settle()
    expect([started(flood), other.hasStarted]).toEqual([4, true])

    flood.slice(0, 4).forEach(({ end }) => end())
    await settle()
    expect(flood.map(({ hasStarted }) => hasStarted)).toEqual([...Array<boolean>(7).fill(true), false])
    await jest.advanceTimersByTimeAsync(limits.waitMs)
    expect(await flood.at(-1)?.outcome).toBe('overloaded')
  })

  it('rejects work that has waited for too long, and never runs it', async () => {
    const running = many(6, () => begin(queue))
    const late = begin(queue)
    await jest.advanceTimersByTimeAsync(limits.waitMs)
    expect(await late.outcome).toBe('overloaded')

    running[0]?.end()
    await settle()
    expect(late.hasStarted).toBe(false)
    expect(begin(queue).hasStarted).toBe(true)
  })

  it('forgets the keys of works that have ended or were rejected', async () => {
    const works = many(7, () => begin(queue, { keys: ['ada'] }))
    await jest.advanceTimersByTimeAsync(limits.waitMs)
    for (const work of works) work.end()
    await settle()

    const again = many(7, () => begin(queue, { keys: ['ada'] }))
    await settle()
    expect(started(again)).toBe(4)
    again.forEach(({ end }) => end())
    await settle()
    expect(started(again)).toBe(7)
  })
})
