import { describe, expect, it } from '@jest/globals'

import { refuseComplexDrawing } from './drawing-limits.ts'

const drawing = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">${content}</svg>`
const filtered = (primitives: string, uses = 1) =>
  drawing(`<filter id="f">${primitives}</filter>${'<rect width="9" height="9" filter="url(#f)"/>'.repeat(uses)}`)
const outcomeOf = (text: string): string => {
  try {
    refuseComplexDrawing(text)
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a drawing', () => {
  it.each([
    ['noise of many octaves', filtered('<feTurbulence baseFrequency="0.9" numOctaves="10000"/>')],
    ['the same in single quotes and another notation', filtered(`<feTurbulence numOctaves = '1e4'></feTurbulence>`)],
    ['the same with a prefix', drawing('<s:filter id="f"><s:feTurbulence numOctaves="10000"/></s:filter>')],
    ['the same with character references', filtered('<feTurbulence numOctaves="&#49;&#x30;000"/>')],
    ['the same with an entity', filtered('<feTurbulence numOctaves="&many;"/>')],
    ['a large convolution', filtered('<feConvolveMatrix order="100" kernelMatrix="1"/>')],
    ['a long filter', filtered('<feOffset dx="1"/>'.repeat(101))],
    ['a filter that is used often', filtered('<feTurbulence numOctaves="30"/>', 100)],
    [
      'a filter that is used by styles',
      drawing(`<filter id="f">${'<feFlood/>'.repeat(90)}</filter>${'<rect style="filter: url(#f)"/>'.repeat(50)}`),
    ],
    ['deep elements', drawing('<g>'.repeat(501) + '</g>'.repeat(501))],
    ['very many elements', drawing('<path d="M0 0"/>'.repeat(250_001))],
  ])('with %s is refused', (_, text) => {
    expect(outcomeOf(text)).toBe('drawing-too-complex')
  })

  const shadow =
    '<feGaussianBlur stdDeviation="3.5"/><feOffset dx="2" dy="2"/><feFlood/><feMerge><feMergeNode/></feMerge>'
  it.each([
    ['shadows', filtered(shadow, 100)],
    ['a blur in large units', filtered('<feGaussianBlur stdDeviation="2000"/>')],
    ['noise of some octaves', filtered('<feTurbulence baseFrequency=".02" numOctaves="5"/>', 5)],
    ['many elements', drawing('<circle r="2"/>'.repeat(50_000))],
    ['groups side by side', drawing('<g><path/></g>'.repeat(1_000))],
    [
      'tags in comments and texts',
      drawing(`<!-- ${'<g>'.repeat(600)} --><style><![CDATA[${'<g>'.repeat(600)}]]></style>`),
    ],
    ['signs in attributes', drawing(`<text id="a>b" title='<g>' />`.repeat(10))],
    ['a document type', `<!DOCTYPE svg [<!ENTITY a "${'&lt;g'.repeat(9)}">]>${drawing('<g/>')}`],
    ['an attribute with a similar name', filtered('<feTurbulence data-numOctaves="10000" numOctaves="2"/>')],
    ['markup without an end', drawing('<g a="')],
  ])('with %s is accepted', (_, text) => {
    expect(outcomeOf(text)).toBe('accepted')
  })

  it('is read in a time that grows with its length only', () => {
    for (const text of [
      '<'.repeat(1e6),
      `<g ${'a="'.repeat(3e5)}`,
      '<!--'.repeat(2e5),
      '<g '.repeat(3e5),
      'filter:'.repeat(2e5),
    ]) {
      expect(outcomeOf(drawing(text))).toMatch(/./)
    }
  })
})
