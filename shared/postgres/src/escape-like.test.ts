import { expect, it } from '@jest/globals'

import { escapeLike } from './escape-like.ts'

it.each([
  ['100%', '100\\%'],
  ['a_b', 'a\\_b'],
  ['C:\\new', 'C:\\\\new'],
  ['plain', 'plain'],
])('escapes the wildcards in %j', (text, escaped) => {
  expect(escapeLike(text)).toBe(escaped)
})
