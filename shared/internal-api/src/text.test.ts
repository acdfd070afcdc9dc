import { describe, expect, it } from '@jest/globals'

import { label } from './text.ts'

const isAccepted = (value: string) => label(100).safeParse(value).success

describe('label', () => {
  it.each(['Ada', '  Grace Hopper ', 'שלום', 'محمد', 'a\u200Fb', '👩‍👩‍👧‍👦', "'; DROP TABLE users; --", ':name $1 ?'])(
    'accepts %j',
    (value) => expect(isAccepted(value)).toBe(true),
  )

  it.each(['', '   ', '\u200B', '\u2060\uFEFF', 'a\nb', 'a\0b', 'a\uD800b', 'annotated \u202Egpj.exe', 'a\u2066b'])(
    'rejects %j',
    (value) => expect(isAccepted(value)).toBe(false),
  )
})
