import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Gauge, Registry } from 'prom-client'

import { exposeMetrics } from './exposed-metrics.ts'

let collections: number
let answer: (() => void)[]
let registry: Registry

beforeEach(() => {
  jest.useFakeTimers()
  collections = 0
  answer = []
  registry = new Registry()
  const gauge = new Gauge({
    name: 'collections',
    help: 'The number of collections.',
    registers: [registry],
    collect: () =>
      new Promise<void>((resolve) => {
        gauge.set(++collections)
        answer.push(resolve)
      }),
  })
})
afterEach(() => void jest.useRealTimers())

/** Ends the collection that is running. */
async function endCollection(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0)
  for (const end of answer.splice(0)) end()
}

const numberIn = async (read: Promise<Buffer>) => Number(/^collections (\d+)$/m.exec((await read).toString())?.[1])

describe('When metrics are read often', () => {
  it('then reads at the same time share one collection', async () => {
    const { read } = exposeMetrics(registry)
    const reads = Promise.all(Array.from({ length: 20 }, () => numberIn(read())))
    await endCollection()
    expect(new Set(await reads)).toEqual(new Set([1]))
  })

  it('then a collection is used again for a second', async () => {
    const { read } = exposeMetrics(registry)
    const first = read()
    await endCollection()
    expect(await numberIn(first)).toBe(1)

    await jest.advanceTimersByTimeAsync(999)
    expect(await numberIn(read())).toBe(1)
    await jest.advanceTimersByTimeAsync(1)
    const second = read()
    await endCollection()
    expect(await numberIn(second)).toBe(2)
  })

  it('then further reads within a second wait for the next collection, and share it', async () => {
    const { read } = exposeMetrics(registry)
    const first = read()
    await endCollection()
    await first
    for (let reads = 0; reads < 10; reads++) expect(await numberIn(read())).toBe(1)

    const waiting = Promise.all(Array.from({ length: 20 }, () => numberIn(read())))
    await jest.advanceTimersByTimeAsync(999)
    expect(collections).toBe(1)
    await jest.advanceTimersByTimeAsync(1)
    await endCollection()
    expect(new Set(await waiting)).toEqual(new Set([2]))
  })

  it('then reads are rejected when too many of them wait', async () => {
    const { read } = exposeMetrics(registry)
    const waiting = Array.from({ length: 100 }, () => read())
    await expect(read()).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '1' } })
    await endCollection()
    await Promise.all(waiting)
    expect(await numberIn(read())).toBe(1)
  })

  it('then a failed collection is not used again', async () => {
    let isBroken = true
    registry.registerMetric(
      new Gauge({
        name: 'broken',
        help: 'Fails once.',
        registers: [],
        collect() {
          if (isBroken) throw new Error('No value')
        },
      }),
    )
    const { read } = exposeMetrics(registry)
    const failed = expect(read()).rejects.toThrow('No value')
    await endCollection()
    await failed

    isBroken = false
    const second = read()
    await endCollection()
    expect(await numberIn(second)).toBe(2)
  })
})

describe('When the metrics have a token', () => {
  const { assertAccess } = exposeMetrics(new Registry(), 'a-token-of-24-characters')

  it.each(['Bearer a-token-of-24-characters', 'bearer  a-token-of-24-characters'])('then %j is accepted', (header) => {
    expect(() => assertAccess(header)).not.toThrow()
  })

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer another-token',
    'Bearer a-token-of-24-characters-and-more',
    'Basic a-token-of-24-characters',
    'a-token-of-24-characters',
  ])('then %j is rejected', (header) => {
    expect(() => assertAccess(header)).toThrow(
      expect.objectContaining({
        status: 401,
        code: 'metrics-token-required',
        headers: { 'WWW-Authenticate': 'Bearer realm="metrics"' },
      }),
    )
  })

  it('then everything is accepted if the token is not set', () => {
    expect(() => exposeMetrics(new Registry()).assertAccess(undefined)).not.toThrow()
  })
})
