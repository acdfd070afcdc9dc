import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { newPassword, normalPassword, typedPassword } from './password.ts'

const messagesFor = (schema: typeof newPassword, password: unknown) =>
  (schema.safeParse(password).error?.issues ?? []).map(({ message }) => message)

const nfc = 'caf\u00E9 \u00E5 la cr\u00E8me'
const nfd = nfc.normalize('NFD')

describe('A new password', () => {
  it('is the same in every normalisation form and with compatibility forms', () => {
    expect(newPassword.parse(nfd)).toBe(nfc)
    expect(newPassword.parse('Ｐａｓｓｗｏｒｄ１２')).toBe('Password12')
    expect(newPassword.parse('ﬁne ﬁsh ﬁn')).toBe('fine fish fin')
    expect(newPassword.parse(' spaces stay ')).toBe(' spaces stay ')
    expect(newPassword.parse('Case Stays')).toBe('Case Stays')
  })

  it('has 10 to 128 characters, counted after normalisation', () => {
    const tooShort = ['must have at least 10 characters']
    const tooLong = ['must have at most 128 characters']
    expect(messagesFor(newPassword, 'é'.repeat(9).normalize('NFD'))).toEqual(tooShort)
    expect(messagesFor(newPassword, 'é'.repeat(10).normalize('NFD'))).toEqual([])
    expect(messagesFor(newPassword, 'ﬃ'.repeat(4))).toEqual([])
    expect(messagesFor(newPassword, 'é'.repeat(128).normalize('NFD'))).toEqual([])
    expect(messagesFor(newPassword, 'é'.repeat(129))).toEqual(tooLong)
    expect(messagesFor(newPassword, 'ﬃ'.repeat(43))).toEqual(tooLong)
    expect(messagesFor(newPassword, 'x'.repeat(1_000_000))).toEqual(tooLong)
  })

  it('contains neither NUL nor an unpaired surrogate', () => {
    expect(messagesFor(newPassword, 'ten characters\0')).toHaveLength(1)
    expect(messagesFor(newPassword, 'ten characters\uD800')).toHaveLength(1)
    expect(newPassword.safeParse(1_234_567_890).success).toBe(false)
  })
})

describe('A password that is typed to be checked', () => {
  it('is returned as typed, because older hashes were made from the typed form', () => {
    expect(typedPassword.parse(nfd)).toBe(nfd)
    expect(typedPassword.parse('x')).toBe('x')
  })

  it('has at most 128 characters, either normalised or as typed', () => {
    expect(messagesFor(typedPassword, 'é'.repeat(128).normalize('NFD'))).toEqual([])
    expect(messagesFor(typedPassword, 'ﬃ'.repeat(128))).toEqual([])
    expect(messagesFor(typedPassword, 'ﬃ'.repeat(129))).toEqual(['must have at most 128 characters'])
    expect(messagesFor(typedPassword, 'x'.repeat(129))).toEqual(['must have at most 128 characters'])
    expect(messagesFor(typedPassword, 'x'.repeat(1_000_000))).toEqual(['must have at most 128 characters'])
  })
})

it('Normalising a password twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (password) => {
      const once = normalPassword(password)
      expect(normalPassword(once)).toBe(once)
      expect(normalPassword(password.normalize('NFD'))).toBe(once)
    }),
  )
})
