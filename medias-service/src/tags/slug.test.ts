import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { slugOf } from './slug.ts'

describe('slugOf', () => {
  it.each([
    ['Été à la Mer', 'ete-a-la-mer'],
    ['  --Hello,   World!-- ', 'hello-world'],
    ['Ελλάδα', 'ελλαδα'],
    ['ﬁn de siècle', 'fin-de-siecle'],
    ['Ｆｕｌｌ ｗｉｄｔｈ', 'full-width'],
    ['İstanbul', 'istanbul'],
    ['Straße', 'straße'],
    ['שלום עולם', 'שלום-עולם'],
    ['\u202Eevil', 'evil'],
    ['がく', 'がく'],
    ['かく', 'かく'],
    ['바다', '바다'],
    ['हिन्दी', 'हिन्दी'],
    ['май', 'май'],
    ['1️⃣ first', '1-first'],
    ['❤️ love', 'love'],
    ['🎉', ''],
    ['C', 'c'],
    ['C++', 'c-plus-plus'],
    ['Ｃ＋＋', 'c-plus-plus'],
    ['C#', 'c-sharp'],
    ['#sea', 'sea'],
    ['.NET', 'dot-net'],
    ['asp.net', 'asp-net'],
    ['...and more', 'and-more'],
    ['R&B', 'r-and-b'],
    ['100 %', '100-percent'],
    ['me@home', 'me-at-home'],
    ['+', 'plus'],
    ['\u0301', ''],
    ['...', ''],
    ['', ''],
    [`${'a'.repeat(99)} b`, 'a'.repeat(99)],
    ['𐐀'.repeat(60), '𐐨'.repeat(50)],
  ])('converts %j to %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
  })

  it('does not change a slug, and returns at most 100 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 150 }), (name) => {
        const slug = slugOf(name)
        expect(slugOf(slug)).toBe(slug)
        expect(slug.length).toBeLessThanOrEqual(100)
        expect(slug.isWellFormed()).toBe(true)
        expect(slug).not.toMatch(/^-|-$|--|\s/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the same for the composed and the decomposed form of a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        expect(slugOf(name.normalize('NFD'))).toBe(slugOf(name.normalize('NFC')))
      }),
    )
  })
})
