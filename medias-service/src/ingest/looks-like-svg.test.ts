import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { looksLikeSvg } from './looks-like-svg.ts'

const drawing = '<svg xmlns="http://www.w3.org/2000/svg"/>'
const bigEndian = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()

describe('looksLikeSvg', () => {
  it.each([
    ['without a prologue', drawing],
    ['after white space', `\n\t ${drawing}`],
    ['with a byte order mark', `\uFEFF${drawing}`],
    ['with a declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${drawing}`],
    ['with a style sheet', `<?xml version="1.0"?><?xml-stylesheet href="a.css"?><?php 1 > 0 ?>${drawing}`],
    ['with comments', `<!-- <html> --><!---->\n<!-- -- > -->${drawing}`],
    ['with a document type', `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd">${drawing}`],
    ['with an internal subset', `<!DOCTYPE svg [ <!ENTITY ns "http://www.w3.org/2000/svg"> ]>\n${drawing}`],
    ['with a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'],
  ])('accepts an SVG %s', (_how, text) => {
    expect(looksLikeSvg(Buffer.from(text))).toBe(true)
    expect(looksLikeSvg(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe(true)
    expect(looksLikeSvg(bigEndian(text))).toBe(true)
  })

  it.each([
    ['HTML that contains an SVG', `<html><body>${drawing}</body></html>`],
    ['HTML with a document type', `<!DOCTYPE html>\n<html>${drawing}</html>`],
    ['an open comment that contains an SVG', `<!-- ${drawing}`],
    ['text between a comment and an SVG', `<!-- x --> words ${drawing}`],
    ['text before an SVG', `hello ${drawing}`],
    ['an element whose name starts with svg', '<svgx/>'],
    ['an element SVG in capitals', '<SVG></SVG>'],
    ['an empty file', ''],
    ['half of a UTF-16 unit', '\uFEFF<'],
  ])('rejects %s', (_what, text) => {
    expect(looksLikeSvg(Buffer.from(text))).toBe(false)
  })

  it.each(['<!---->', '<!-- -->\n', '<?a?>', '<!DOCTYPE a[]>', '<!DOCTYPE [', '<!--', ' ', '<!DOCTYPE a[]'])(
    'takes less than 5 s for 4,000 repetitions of %j',
    (piece) => {
      expect(looksLikeSvg(Buffer.from(piece.repeat(4_000)))).toBe(false)
    },
    5_000,
  )

  it('returns a boolean for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof looksLikeSvg(Buffer.from(bytes))).toBe('boolean')
      }),
    )
  })
})
