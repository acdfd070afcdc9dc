import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { cleanText, shortString } from './message-text.ts'

/** Text with lone surrogates and control characters, as a hostile sender can write it. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)) })
const isHarmful = (code: number) =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a) ||
  (code >= 0x7f && code <= 0x9f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069)

describe('the text of a message', () => {
  it('When any text is cleaned, then it is within the limit, well-formed and without control characters', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (text, limit) => {
        const clean = cleanText(text, limit)
        expect(clean.length).toBeLessThanOrEqual(limit)
        expect(clean.isWellFormed()).toBe(true)
        expect([...clean].some((character) => isHarmful(character.codePointAt(0) ?? 0))).toBe(false)
        expect(cleanText(clean, limit)).toBe(clean)
      }),
    )
  })

  it('When a text is harmless and short, then it does not change', () => {
    for (const text of ['', 'The picture is damaged.\n\tByte 7', '🐦 größer 画像'])
      expect(cleanText(text, 100)).toBe(text)
  })

  it('When the limit cuts a character into halves, then the character is omitted', () => {
    expect(cleanText('a🐦', 2)).toBe('a')
  })

  it('When any text becomes a short string, then it has at most 255 bytes, and is a beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'ä', '語', '🐦', '\0'), maxLength: 400 }), (text) => {
        const short = shortString(text)
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(255)
        expect(text.startsWith(short)).toBe(true)
        if (Buffer.byteLength(text) <= 255) expect(short).toBe(text)
      }),
    )
    // The bytes of a lone surrogate and of an invalid id grow to three bytes each when they are encoded again.
    expect(Buffer.byteLength(shortString('\ud800'.repeat(255)))).toBe(255)
  })
})
