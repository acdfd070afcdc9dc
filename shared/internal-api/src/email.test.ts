import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { emailAddress, emailKey } from './email.ts'

const anything = fc.string({ unit: 'binary', maxLength: 40 })
const address = fc.tuple(anything, anything).map(([local, domain]) => `${local}@${domain}.example`)

describe('The key of an email address', () => {
  it.each([
    ['ada@münchen.example', ' Ada@MÜNCHEN.example '],
    ['ada@münchen.example', 'ada@mu\u0308nchen.example'],
    ['ada@münchen.example', 'ADA@xn--mnchen-3ya.EXAMPLE'],
    ['ada@example.com', 'ＡＤＡ@ＥＸＡＭＰＬＥ.com'],
    ['jürg@example.com', 'JU\u0308RG@example.com'],
    ['σοφος@example.com', 'ΣΟΦΟΣ@example.com'],
    ['σοφοσ@example.com', 'σοφος@example.com'],
    ['ﬁna@example.com', 'FINA@example.com'],
    ['ada@日本。example.com', 'ada@日本.example.com'],
  ])('is the same for %j and %j', (one, other) => expect(emailKey(one)).toBe(emailKey(other)))

  it.each([
    ['ada@example.com', 'áda@example.com'],
    ['ada@example.com', 'ada+1@example.com'],
    ['ada@1.2.3', 'ada@1.2.0.3'],
    ['ada@ex%61mple.com', 'ada@example.com'],
  ])('is not the same for %j and %j', (one, other) => expect(emailKey(one)).not.toBe(emailKey(other)))

  it('does not change when it is computed again', () => {
    const isStable = (value: string) => expect(emailKey(emailKey(value))).toBe(emailKey(value))
    fc.assert(fc.property(anything, isStable), { numRuns: 2_000 })
    fc.assert(fc.property(address, isStable), { numRuns: 2_000 })
  })
})

describe('An email address', () => {
  const isAccepted = (value: string) => emailAddress.safeParse(value).success

  it.each([
    'ada@example.com',
    "o'brien@example.com",
    'jürg@münchen.example',
    'ada@xn--mnchen-3ya.example',
    '💌@💌.example',
  ])('can be %j', (value) => expect(isAccepted(value)).toBe(true))

  it.each([
    'a\u00ADda@example.com',
    'ada\u202E@example.com',
    'ada\u200B@example.com',
    'ada\u0001@example.com',
    'victim@example.com＠evil.example',
    'ada@exa+mple.com',
    'ada@ex%61mple.com',
    'ada@ü%41.example',
    'ada@ü。.example',
  ])('cannot be %j', (value) => expect(isAccepted(value)).toBe(false))
})
