import { expect, it } from '@jest/globals'
import type { ConsumeMessage } from 'amqplib'

import { headers, MAX_TRIES } from './contract.ts'
import { failedOutcome } from './failed-outcome.ts'
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
