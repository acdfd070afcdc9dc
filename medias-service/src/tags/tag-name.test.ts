import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { slugOf } from './slug.ts'
import { slugsFor, tagNameKey } from './tag-name.ts'

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }).map((text) => text.toWellFormed())

describe('tagNameKey', () => {
  it.each([
    ['Été', 'e\u0301TE\u0301'],
    ['Été', 'ete'],
    ['a  b', ' A\u00A0b '],
    ['Ｃ＋＋', 'c++'],
    ['ΣΟΦΟΣ', 'σοφος'],
  ])('is the same for %j and %j', (one, other) => {
    expect(tagNameKey(one)).toBe(tagNameKey(other))
  })

  it.each([
    ['C', 'C++'],
    ['C#', 'C++'],
    ['C', 'C!'],
    ['май', 'маи'],
    ['が', 'か'],
    ['a b', 'ab'],
    ['a-b', 'a b'],
    ['🎉', '🎈'],
  ])('differs for %j and %j', (one, other) => {
    expect(tagNameKey(one)).not.toBe(tagNameKey(other))
  })

  it('does not change a key', () => {
    fc.assert(fc.property(anyName, (name) => expect(tagNameKey(tagNameKey(name))).toBe(tagNameKey(name))))
  })
})

describe('slugsFor', () => {
  it('returns valid slugs, and the same slugs for two forms of one name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        for (const slug of slugsFor(name)) {
          expect(slugOf(slug)).toBe(slug)
          expect(slug.length).toBeLessThanOrEqual(100)
        }
        expect(slugsFor(` ${name.normalize('NFD')} `).slice(1)).toEqual(slugsFor(name).slice(1))
      }),
    )
  })

  it('has a free slug for each of two names, in either order', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        fc.pre(tagNameKey(one) !== tagNameKey(other))
        const [taken] = slugsFor(one)
        expect(slugsFor(other).find((slug) => slug !== taken)).toBeDefined()
        expect(slugsFor(other)[1]).not.toBe(slugsFor(one)[1])
      }),
    )
  })
})
