import { expect, it } from '@jest/globals'
import { createMetrics } from '@likeness/service-kit/process'

import { createMessageAllowance } from './message-allowance.ts'

it('When more messages arrive than are allowed, then the others are dropped and counted until the next window', async () => {
  let time = 0
  const logged: unknown[] = []
  const metrics = createMetrics('test')
  const allowance = createMessageAllowance({
    metrics,
    logger: { error: (fields: unknown) => void logged.push(fields) },
    most: 3,
    now: () => time,
  })
  const takeMany = (count: number) => Array.from({ length: count }, () => allowance.take())

  expect(takeMany(3)).toEqual([true, true, true])
  expect(logged).toEqual([])
  expect(takeMany(4)).toEqual([false, false, false, false])
  expect(logged).toEqual([{ event: 'dead-messages.dropping', most: 3 }])

  time = 10 * 60_000
  expect(takeMany(4)).toEqual([true, true, true, false])
  expect(logged.slice(1)).toEqual([
    { event: 'dead-messages.dropped', dropped: 4 },
    { event: 'dead-messages.dropping', most: 3 },
  ])
  expect(await metrics.metrics()).toContain('likeness_dead_messages_dropped_total{service="test"} 5')
})
