import { expect, it } from '@jest/globals'
import { parse } from 'content-disposition'
import fc from 'fast-check'

import { contentDisposition } from './content-disposition.ts'

it.each([
  ['beach.png', 'inline; filename=beach.png'],
  ['my beach.png', 'inline; filename="my beach.png"'],
  ['a"b.png', String.raw`inline; filename="a\"b.png"`],
  ['a; filename=b.png', 'inline; filename="a; filename=b.png"'],
  ['100%41.png', `inline; filename=100%41.png; filename*=UTF-8''100%2541.png`],
  ['Möwe.png', `inline; filename="M?we.png"; filename*=UTF-8''M%C3%B6we.png`],
  ['海.png', `inline; filename="?.png"; filename*=UTF-8''%E6%B5%B7.png`],
  ['a\r\nSet-Cookie: b=c.png', 'inline; filename="a__Set-Cookie: b=c.png"'],
  ['../../etc/passwd', 'inline; filename=.._.._etc_passwd'],
  ['C:\\x.png', 'inline; filename="C:_x.png"'],
  ['\uD800.png', `inline; filename="?.png"; filename*=UTF-8''%EF%BF%BD.png`],
])('encodes %j so that every browser saves the file under this name', (name, header) => {
  expect(contentDisposition(name, 'inline')).toBe(header)
})

it('is one header line from which any name can be parsed again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = contentDisposition(name, 'attachment')
      expect(header).toMatch(/^attachment; filename=[\x20-\x7e]*$/)
      expect(parse(header).parameters['filename']).toBe(name.toWellFormed().replace(/[/\\\p{Cc}]/gu, '_'))
    }),
  )
})
