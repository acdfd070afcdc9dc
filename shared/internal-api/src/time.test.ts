import { describe, expect, it } from '@jest/globals'

import { time } from './time.ts'

describe('time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.123456+02:00', '2026-01-31T10:00:00.123Z'],
    ['2026-01-31T12:00:00+15:59', '2026-01-30T20:01:00.000Z'],
    [`2026-01-31T12:00:00.${'1'.repeat(3_000)}Z`, '2026-01-31T12:00:00.111Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('accepts %.40s', (given, inUtc) => expect(time.parse(given)).toBe(inUtc))

  it.each([
    ['', 'must be a date and time such as 2026-01-31T12:00:00Z'],
    ['yesterday', 'must be a date and time such as 2026-01-31T12:00:00Z'],
    ['2026-01-31', 'must be a date and time such as 2026-01-31T12:00:00Z'],
    ['2026-02-30T12:00:00Z', 'must be a date and time such as 2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00:00+16:00', 'must have an offset of less than 16 hours'],
    ['2026-01-31T12:00:00-23:00', 'must have an offset of less than 16 hours'],
    ['0000-01-01T00:00:00Z', 'must be in a year from 1 to 9999'],
    ['0001-01-01T00:00:00+01:00', 'must be in a year from 1 to 9999'],
    ['9999-12-31T23:59:59-15:00', 'must be in a year from 1 to 9999'],
  ])('rejects %j with one message', (given, message) => {
    expect(time.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message])
  })
})
