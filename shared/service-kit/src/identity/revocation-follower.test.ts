import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, describe, expect, it } from '@jest/globals'

import type { Logger } from '../process/logger.ts'
import { createMetrics } from '../process/metrics.ts'
import { followRevocations, type RevocationFollower } from './revocations.ts'

const claims = { sub: 'x', epoch: 0, roleEpochs: {} } as never

let follower: RevocationFollower | undefined
afterEach(() => follower?.stop())

/** Follows a feed whose first reads fail, and collects the logged events. */
function followFailingFeed(failingReads: number) {
  const events: string[] = []
  const note = ({ event }: { event: string }) => events.push(event)
  let tries = 0
  follower = followRevocations({
    async read(_after, waitSeconds) {
      tries += 1
      if (tries <= failingReads) throw new Error('The feed is unavailable')
      await pause(waitSeconds * 10)
      return { entries: [], cursor: '1' }
    },
    logger: { info: note, warn: note } as unknown as Logger,
    metrics: createMetrics('follower-test'),
  })
  return { follower, events }
}

describe('A start', () => {
  it('When the feed is not available yet, then tokens wait for it, and there is no warning', async () => {
    const { follower: following, events } = followFailingFeed(2)
    const starting = following.starting()
    expect(starting).toBeDefined()
    await expect(following.check()).rejects.toThrow('cannot be read')
    expect(following.refusal(claims)).toMatchObject({ status: 503 })

    await starting
    await following.check()
    expect([following.starting(), following.refusal(claims), events]).toEqual([undefined, undefined, []])
  })

  it('When the feed stays unavailable, then tokens wait for 2 s and are then rejected with 503', async () => {
    const { follower: following } = followFailingFeed(1_000)
    const startedAt = performance.now()
    await following.starting()
    expect(performance.now() - startedAt).toBeGreaterThan(1_900)
    expect(following.starting()).toBeUndefined()
    expect(following.refusal(claims)).toMatchObject({ status: 503 })
  })
})

describe('A page of entries', () => {
  it('When a page was applied, then the log lists its entries; an empty page logs nothing', async () => {
    const ended = { kind: 'session' as const, id: '00000000-0000-7000-8000-000000000001', minEpoch: 1 }
    const many = Array.from({ length: 101 }, () => ended)
    const pages = [[], [ended], many]
    const lines: object[] = []
    follower = followRevocations({
      async read() {
        const page = pages.shift()
        if (page === undefined) await pause(20)
        return { entries: page ?? [], cursor: '1' }
      },
      logger: { info: (line: object) => lines.push(line) } as unknown as Logger,
      metrics: createMetrics('follower-test'),
    })
    while (lines.length < 2) await pause(10)

    expect(lines).toEqual([
      { event: 'revocations.applied', isSnapshot: false, count: 1, entries: [ended] },
      { event: 'revocations.applied', isSnapshot: false, count: 101, entries: many.slice(0, 100) },
    ])
  })
})
