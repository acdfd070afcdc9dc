import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { findSvgRoot } from './svg-root.ts'

const attributeOf = (text: string, name: string): string | null | undefined => findSvgRoot(text)?.attribute(name)

describe('findSvgRoot', () => {
  it.each([
    ['with double quotes', '<svg width="24">', '24'],
    ['with single quotes', "<svg height='1' width='24'/>", '24'],
    ['with white space and line breaks', '<svg\n\theight = "1"\r\n  width\n=\n"24"  >', '24'],
    ['with a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="24"/>', '24'],
    ['after a comment with an element', '<?xml version="1.0"?><!-- <svg width="1"> --><svg width="24"/>', '24'],
    ['after a document type', '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/>"><svg width="24"/>', '24'],
    ['with an entity', '<!DOCTYPE svg [<!ENTITY w "24">]><svg width="&w;"/>', '24'],
    ['with an entity in an entity', `<!DOCTYPE svg [<!ENTITY v '4'><!ENTITY w "2&v;">]><svg width="&w;"/>`, '24'],
    ['with brackets in an entity', `<!DOCTYPE svg [<!ENTITY a "]>'"><!-- ]> ' --><?x ]>?>]><svg width="24"/>`, '24'],
    ['with character references', '<svg width="&#50;&#x34;"/>', '24'],
    ['with > in another attribute', '<svg id="a>b" width="24"/>', '24'],
  ])('reads an attribute %s', (_how, text, expected) => {
    expect(attributeOf(text, 'width')).toBe(expected)
  })

  it.each([
    ['no root', '<!-- <svg/> -->'],
    ['another root', '<html><svg width="1"/></html>'],
    ['an open tag', '<svg width="1"'],
    ['an open document type', '<!DOCTYPE svg [<!ENTITY a "]><svg/>'],
    ['text before the root', 'text <svg/>'],
  ])('returns null for %s', (_what, text) => {
    expect(findSvgRoot(text)).toBeNull()
  })

  it('does not expand entities without bound', () => {
    const entities = Array.from({ length: 30 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`)
    const laughs = `<!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]><svg width="&e30;" height="&loop;"/>`
    expect(attributeOf(laughs, 'width')).toBeNull()
    expect(attributeOf(laughs, 'height')).toBe('&loop;')
  })

  it('replaces attributes and adds to the style, and keeps everything else', () => {
    const root = findSvgRoot(`<!-- a --><svg xmlns='x' width="1" style='fill:"red"' id="b">content</svg>`)
    expect(root?.before).toBe('<!-- a -->')
    expect(root?.tagWith({ width: '2' }, 'width:2px')).toBe(
      `<svg xmlns='x' id="b" width="2" style='fill:"red";width:2px'>`,
    )
    expect(root?.after).toBe('content</svg>')
  })

  it('returns for any text', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      'svg',
      '<svg ',
      '<!--',
      '-->',
      '<!DOCTYPE ',
      '[',
      ']',
      '"',
      "'",
      '=',
      '&a;',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 40 }), (pieces) => {
        const root = findSvgRoot(pieces.join(''))
        expect(root === null || typeof root.tagWith({}, '') === 'string').toBe(true)
      }),
    )
  })

  it.each(['<!-- -->', '<?a?>', '<svg ', "<!DOCTYPE '", '<!DOCTYPE [', ' a="b"'])(
    'takes less than 5 s for 100,000 repetitions of %j',
    (piece) => {
      expect(findSvgRoot(`<svg${piece.repeat(100_000)}`)).toBeNull()
      expect(findSvgRoot(piece.repeat(100_000))).toBeNull()
    },
    5_000,
  )
})
