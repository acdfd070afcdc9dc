import { describe, expect, it } from '@jest/globals'
import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import fc from 'fast-check'

import { headers, InvalidJobError, parseJob, UnknownContractError } from './contract.ts'
import { deadJobOf } from './dead-job.ts'
import { failedOutcome } from './failed-outcome.ts'
import { PermanentError } from './outcomes.ts'

/** Text with lone surrogates and control characters. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)),
  maxLength: 3_000,
  size: 'max',
})

/** Fields of a job, each right or wrong. */
const anyFields = fc.record(
  {
    contract: fc.oneof(fc.constant(1), fc.jsonValue()),
    kind: fc.oneof(fc.constant('render'), fc.jsonValue()),
    mediaId: fc.oneof(fc.uuid(), fc.jsonValue()),
    versionId: fc.oneof(fc.uuid(), fc.jsonValue()),
    regenerationId: fc.jsonValue(),
    force: fc.jsonValue(),
    ['__proto__']: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

const anyContent = fc.oneof(
  fc.uint8Array({ maxLength: 6_000, size: 'max' }).map((bytes) => Buffer.from(bytes)),
  anyText.map((text) => Buffer.from(text)),
  fc.json().map((json) => Buffer.from(json)),
  anyFields.map((fields) => Buffer.from(JSON.stringify(fields))),
)

const attempt = fc.record({
  worker: anyText,
  startedAt: anyText,
  endedAt: fc.option(anyText),
  error: anyText,
})
const anyAttempts = fc.array(attempt, { maxLength: 15 }).map((attempts) => JSON.stringify(attempts))
const anyValue = fc.oneof(anyText, fc.anything(), fc.double(), fc.integer())

const anyMessage = fc
  .record({
    content: anyContent,
    messageId: fc.option(anyText, { nil: undefined }),
    headers: fc.option(
      fc.record(
        {
          [headers.tries]: anyValue,
          [headers.queue]: anyValue,
          [headers.code]: anyValue,
          [headers.reason]: anyValue,
          [headers.attempts]: fc.oneof(anyAttempts, anyValue),
          [headers.bytes]: anyValue,
          [headers.sha256]: fc.oneof(fc.constant('a'.repeat(64)), anyValue),
          'x-death': fc.oneof(fc.array(fc.oneof(fc.record({ queue: anyValue }), anyValue)), anyValue),
          'x-foreign': anyValue,
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
  })
  .map(({ content, ...properties }) => ({ content, fields: {}, properties }) as unknown as ConsumeMessage)

describe('When a message has any content, ids and headers', () => {
  it('then its content is a job, or one of two errors with a short message', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        try {
          expect(parseJob(content)).toMatchObject({ contract: 1, kind: 'render' })
        } catch (error) {
          if (!(error instanceof InvalidJobError) && !(error instanceof UnknownContractError)) throw error
          expect(error.message.length).toBeLessThan(200)
        }
      }),
    )
  })

  it('then its dead job has a limited size, and texts that PostgreSQL can store', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { id, isJob, payload, code, reason, attempts } = deadJobOf(message)
        expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        expect(JSON.stringify(payload).length).toBeLessThanOrEqual(isJob ? 25_000 : 7_000)
        expect([code.length <= 100, reason.length <= 1_000, attempts.length <= 10]).toEqual([true, true, true])
        const texts = [code, reason, ...attempts.flatMap(({ worker, startedAt, error }) => [worker, startedAt, error])]
        for (const text of texts)
          expect([text.length <= 1_000, text.isWellFormed(), text.includes('\0')]).toEqual([true, true, false])
      }),
    )
  })

  it('then the message that a worker forwards has a limited size', async () => {
    const anyError = fc.oneof(
      fc.constant(new InvalidJobError('The message is not valid JSON.')),
      anyText.map((text) => new PermanentError('corrupt-image', text)),
      anyText.map((text) => new Error(text)),
    )
    await fc.assert(
      fc.asyncProperty(anyMessage, anyError, async (message, error) => {
        const failure = { error, startedAt: new Date(), worker: 'one:1', routingKey: 'bulk' } as const
        const outcome = failedOutcome(message, failure)
        const [sent, ...others] = await publishedBy(outcome)
        expect(others).toEqual([])
        expect(JSON.stringify(outcome.fields).length).toBeLessThan(7_000)
        // amqplib encodes at most 64 KiB of headers, and short strings of at most 255 bytes.
        expect(Buffer.byteLength(JSON.stringify(sent?.options.headers))).toBeLessThan(50_000)
        expect(Buffer.byteLength(String(sent?.options.correlationId ?? ''))).toBeLessThanOrEqual(255)
        if (outcome.event === 'job.dead') expect(sent?.content.length).toBeLessThanOrEqual(4_096)
      }),
    )
  })
})

async function publishedBy(outcome: ReturnType<typeof failedOutcome>) {
  const sent: { content: Buffer; options: Options.Publish }[] = []
  const channel = {
    on: () => undefined,
    off: () => undefined,
    publish: (_exchange: string, _key: string, content: Buffer, options: Options.Publish, done: () => void) => {
      sent.push({ content, options })
      done()
    },
  }
  await outcome.publish(channel as unknown as ConfirmChannel)
  return sent
}
