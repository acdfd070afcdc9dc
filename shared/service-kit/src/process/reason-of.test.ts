import { expect, it } from '@jest/globals'

import { reasonOf } from './reason-of.ts'

it('The reason of an error is one line: the message of its innermost cause', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:5432')
  const wrapped = Object.assign(new Error(''), { name: 'SequelizeConnectionRefusedError', original: refused })

  expect(reasonOf(refused)).toBe(refused.message)
  expect(reasonOf(new Error('The database is unavailable', { cause: wrapped }))).toBe(refused.message)
  expect(reasonOf(new AggregateError([refused, new Error('connect ECONNREFUSED ::1:5432')]))).toBe(refused.message)
  expect(reasonOf(new Error('first line\nsecond line'))).toBe('first line')
  expect(reasonOf(new TypeError(''))).toBe('TypeError')
  expect(reasonOf('a text')).toBe('a text')
})
