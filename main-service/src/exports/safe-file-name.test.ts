import { expect, it } from '@jest/globals'
import fc from 'fast-check'

import { safeFileName } from './safe-file-name.ts'

it.each([
  ['holiday.jpg', 'holiday.jpg'],
  ['Été à la mer 🏖.JPEG', 'Été à la mer 🏖.JPEG'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['C:\\Windows\\win.ini', 'C__Windows_win.ini'],
  ['a<b>|"?*.png', 'a_b_____.png'],
  ['invoice\u202Egpj.exe', 'invoice_gpj.exe'],
  ['new\nline\0.png', 'new_line_.png'],
  ['trailing. . ', 'trailing'],
  ['...', 'file'],
  ['', 'file'],
  ['.htaccess', '.htaccess'],
  [`${'é'.repeat(300)}.jpeg`, `${'é'.repeat(97)}.jpeg`],
])('When the file name is %j, then the name in the ZIP is %j', (name, safe) => {
  expect(safeFileName(name)).toBe(safe)
})

it('When the name is random, then the result is valid in every file system, and converting it again changes nothing', () => {
  const names = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme', maxLength: 400 }))
  fc.assert(
    fc.property(names, (name) => {
      const safe = safeFileName(name)
      expect(safe).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cf}]|[. ]$|^$/u)
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200)
      expect(safeFileName(safe)).toBe(safe)
    }),
    { numRuns: 500 },
  )
})
