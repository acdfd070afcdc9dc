import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, describe, expect, it } from '@jest/globals'

import { followFeed, type FeedFollower } from './follow-feed.ts'
import { problems } from './problem.ts'

let follower: FeedFollower | undefined
afterEach(() => follower?.stop())

/** Follows a feed that returns these pages or errors in order, and then waits. */
function follow(answers: (string | Error)[], apply: (cursor: string) => void = () => undefined) {
  const reads: [string | undefined, number][] = []
  const events: string[] = []
  const note = ({ event }: { event: string }) => void events.push(event)
  follower = followFeed<{ cursor: string }>({
    name: 'news',
    async read(after, waitSeconds, signal) {
      reads.push([after, waitSeconds])
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      if (answer === undefined) await pause(60_000, undefined, { signal })
      return { cursor: answer ?? '' }
    },
    apply: ({ cursor }, after) => {
      apply(cursor)
      events.push(`${after} to ${cursor}`)
    },
    logger: { info: note, warn: note, error: note },
  })
  return { follower, reads, events, hasRead: (times: number) => until(() => reads.length >= times) }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5)
}

describe('A follower of a feed', () => {
  it('reads a snapshot without waiting, then the entries since each cursor', async () => {
    const { reads, events, hasRead } = follow(['1', '2'])
    await hasRead(3)
    expect(reads).toEqual([
      [undefined, 0],
      ['1', 10],
      ['2', 10],
    ])
    expect(events).toEqual(['undefined to 1', '1 to 2'])
  })

  it('warns once while the feed is unavailable, and continues from its cursor', async () => {
    const { follower: following, reads, events, hasRead } = follow(['1', new Error('down'), new Error('down'), '2'])
    await hasRead(3)
    expect(following.isUnavailable()).toBe(true)
    await hasRead(5)
    expect(following.isUnavailable()).toBe(false)
    expect(following.secondsSinceRead()).toBeLessThan(5)
    expect(reads.map(([after]) => after)).toEqual([undefined, '1', '1', '1', '2'])
    expect(events).toEqual(['undefined to 1', 'news.unavailable', '1 to 2', 'news.caught-up'])
  })

  it('does not warn while services start', async () => {
    const { follower: following, events, hasRead } = follow([new Error('unavailable'), '1'])
    expect(following.secondsSinceRead()).toBe(Number.POSITIVE_INFINITY)
    await hasRead(3)
    expect(events).toEqual(['undefined to 1'])
  })

  it('reads a snapshot again if the feed does not know its cursor', async () => {
    const { reads, hasRead } = follow(['1', problems.invalid([]), '7'])
    await hasRead(4)
    expect(reads.map(([after]) => after)).toEqual([undefined, '1', undefined, '7'])
  })

  it('reads a page again if it could not be applied', async () => {
    let tries = 0
    const { reads, hasRead } = follow(['1', '2', '2'], (cursor) => {
      if (cursor === '2' && ++tries === 1) throw new Error('not applied')
    })
    await hasRead(4)
    expect(reads.map(([after]) => after)).toEqual([undefined, '1', '1', '2'])
  })
})
