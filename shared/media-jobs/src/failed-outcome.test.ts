import { expect, it } from '@jest/globals'
import type { ConsumeMessage } from 'amqplib'

import { headers, MAX_TRIES } from './contract.ts'
import { attemptsOf, failedOutcome, priorityInHeaders, triesOf } from './failed-outcome.ts'
import { TransientError } from './outcomes.ts'

/** A job that becomes a dead job with its next failure. */
const message = {
  content: Buffer.from('{}'),
  fields: {},
  properties: { headers: { [headers.tries]: MAX_TRIES - 1 }, messageId: '1' },
} as unknown as ConsumeMessage

const reasonAfter = (error: unknown) =>
  failedOutcome(message, { error, startedAt: new Date(), worker: 'one:1', routingKey: 'interactive' }).fields

it('When the last try failed with a system error, then the reason for clients does not contain its message', () => {
  expect(reasonAfter(new Error('connect ECONNREFUSED 10.0.0.7:5432'))).toMatchObject({
    code: 'retries-exhausted',
    reason: `The job failed ${MAX_TRIES} times. The picture did not cause the errors.`,
  })
})

it('When the last try failed with a TransientError, then the reason contains its message', () => {
  expect(reasonAfter(new TransientError('The store is unavailable'))).toMatchObject({
    reason: `The job failed ${MAX_TRIES} times. Last error: The store is unavailable`,
  })
})

const withHeaders = (given: Record<string, unknown>) =>
  ({ content: Buffer.from('{}'), fields: {}, properties: { headers: given } }) as unknown as ConsumeMessage

it.each([
  [0, 0],
  [7, 7],
  [MAX_TRIES, MAX_TRIES],
  [1e15, MAX_TRIES],
  [-1, 0],
  [1.5, 0],
  [Number.NaN, 0],
  [Number.POSITIVE_INFINITY, 0],
  ['7', 0],
  [[7], 0],
  [{ '!': 'timestamp', value: 7 }, 0],
])('When the number of tries in the header is %p, then %p tries are counted', (header, tries) => {
  expect(triesOf(withHeaders({ [headers.tries]: header }))).toBe(tries)
})

it.each(['x', 7, null, ['x'], [null], [[]], [{}], [{ queue: 7 }], { queue: 'media.jobs.bulk' }, [{ queue: 'other' }]])(
  'When the header x-death is %j, then the job is interactive',
  (deaths) => expect(priorityInHeaders(withHeaders({ 'x-death': deaths }))).toBe('interactive'),
)

it('When the header x-death names a queue, then the job has its priority', () => {
  expect(priorityInHeaders(withHeaders({ 'x-death': [{ queue: 'media.jobs.bulk', count: 'many' }] }))).toBe('bulk')
})

it('When the attempts in the header are long, then the last ten are read, and their texts are cut', () => {
  const attempt = (number: number) => ({
    worker: 'w'.repeat(1_000),
    startedAt: `${number}`,
    endedAt: null,
    error: 'e\0',
  })
  const all = Array.from({ length: 50 }, (_, number) => attempt(number))
  const read = attemptsOf(withHeaders({ [headers.attempts]: JSON.stringify(all) }))
  expect(read).toHaveLength(10)
  expect(read[9]).toEqual({ worker: 'w'.repeat(100), startedAt: '49', endedAt: null, error: 'e\ufffd' })
})

it.each([
  ['', 'is empty'],
  ['[', 'is not JSON'],
  [`${'['.repeat(32_000)}${']'.repeat(32_000)}`, 'has 32,000 levels'],
  [JSON.stringify([{ worker: 1 }]), 'has a wrong type'],
  [' '.repeat(100_000), 'is too long'],
])('When the header of the attempts %#: it %s, then there are no attempts', (header) => {
  expect(attemptsOf(withHeaders({ [headers.attempts]: header }))).toEqual([])
})
