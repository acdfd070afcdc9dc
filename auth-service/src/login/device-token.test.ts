import { expect, it } from '@jest/globals'

import { createDeviceTokens } from './device-token.ts'

const tokens = createDeviceTokens('a secret')

it('recognises a device by its token, regardless of upper and lower case in the email address', () => {
  const token = tokens.make('Ada@Example.com')
  const id = tokens.recognise(token, ' ada@example.COM')
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(tokens.recognise(token, 'Ada@Example.com')).toBe(id)
})

it('gives each device a different id', () => {
  const ids = [1, 2, 3].map(() => tokens.recognise(tokens.make('ada@example.com'), 'ada@example.com'))
  expect(new Set(ids).size).toBe(3)
})

it.each([
  ['for another address', () => tokens.make('eve@example.com')],
  ['from another secret', () => createDeviceTokens('another secret').make('ada@example.com')],
  ['with another id', () => tokens.make('ada@example.com').replace(/^[^.]+/, 'AAAAAAAAAAAAAAAAAAAAAA')],
  ['with a shorter signature', () => tokens.make('ada@example.com').slice(0, -4)],
  ['with a longer signature', () => `${tokens.make('ada@example.com')}AAAA`],
  ['without a signature', () => tokens.make('ada@example.com').split('.')[0]],
  ['without an id', () => `.${tokens.make('ada@example.com').split('.')[1]}`],
  ['that is empty', () => ''],
  ['that is missing', () => undefined],
])('does not recognise a token %s', (_what, make) => {
  expect(tokens.recognise(make(), 'ada@example.com')).toBeUndefined()
})
