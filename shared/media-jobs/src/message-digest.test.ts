import { createHash } from 'node:crypto'

import { expect, it } from '@jest/globals'
import type { Message } from 'amqplib'
import fc from 'fast-check'

import { headers } from './contract.ts'
import { digestOf, isBeginning } from './message-digest.ts'

const messageOf = (content: Buffer, given: Record<string, unknown> = {}) =>
  ({ content, fields: {}, properties: { headers: given } }) as unknown as Message
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')

it('When a message has any bytes, then its digest has its size, its hash and at most 1,000 characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6_000, size: 'max' }), (bytes) => {
      const content = Buffer.from(bytes)
      const digest = digestOf(messageOf(content))
      expect(digest).toMatchObject({ bytes: content.length, sha256: hashOf(content) })
      expect([digest.text.length <= 1_000, digest.text.isWellFormed()]).toEqual([true, true])
    }),
  )
})

it('When a message is short, then its digest has the whole text', () => {
  expect(digestOf(messageOf(Buffer.from('{"a": 1')))).toMatchObject({ text: '{"a": 1', bytes: 7 })
})

it('When only the beginning of a message was kept, then its digest has the size and the hash of the whole message', () => {
  const whole = { [headers.bytes]: 9_000, [headers.sha256]: 'a'.repeat(64) }
  const message = messageOf(Buffer.from('abc'), whole)
  expect(isBeginning(message)).toBe(true)
  expect(digestOf(message)).toEqual({ text: 'abc', bytes: 9_000, sha256: 'a'.repeat(64) })
})

it.each([
  [{ [headers.bytes]: 9_000 }],
  [{ [headers.bytes]: 3, [headers.sha256]: 'a'.repeat(64) }],
  [{ [headers.bytes]: -1, [headers.sha256]: 'a'.repeat(64) }],
  [{ [headers.bytes]: 1e300, [headers.sha256]: 'a'.repeat(64) }],
  [{ [headers.bytes]: '9000', [headers.sha256]: 'a'.repeat(64) }],
  [{ [headers.bytes]: 9_000, [headers.sha256]: ['a'.repeat(64)] }],
  [{ [headers.bytes]: 9_000, [headers.sha256]: 'A'.repeat(64) }],
])('When the headers with the size are %j, then they are ignored', (given) => {
  const content = Buffer.from('abc')
  expect(isBeginning(messageOf(content, given))).toBe(false)
  expect(digestOf(messageOf(content, given))).toEqual({ text: 'abc', bytes: 3, sha256: hashOf(content) })
})
