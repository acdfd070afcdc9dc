import { describe, expect, it } from '@jest/globals'

import { declaredSizeOf, naturalSizeOf, wholePixelsOf } from './drawing-size.ts'
import { findSvgRoot } from './svg-root.ts'

const sizeOf = (attributes: string) => {
  const root = findSvgRoot(`<svg ${attributes}/>`)
  if (!root) throw new Error('There is no root')
  return naturalSizeOf(declaredSizeOf(root))
}

describe('the natural size of a drawing', () => {
  it.each([
    ['width="24" height="16"', 24, 16],
    ['width="24px" height="1.6e1"', 24, 16],
    ['width=" +24. " height=".5"', 24, 0.5],
    ['width="1in" height="2.54cm"', 96, 96],
    ['width="25.4mm" height="101.6Q"', 96, 96],
    ['width="72pt" height="6pc"', 96, 96],
    ['width="2em" height="4ex"', 32, 32],
    ['font-size="20" width="2em" height="1rem"', 40, 16],
    ['viewBox="0 0 1.4 1"', 1.4, 1],
    ['viewBox="-5,-5 , 240000\t160000"', 240_000, 160_000],
    ['viewBox="0 0 +1E2 5e-1"', 100, 0.5],
    ['width="100%" height="100%" viewBox="0 0 3 1"', 3, 1],
    ['width="auto" height="calc(1px)" viewBox="0 0 3 1"', 3, 1],
    ['width="30" viewBox="0 0 3 1"', 30, 10],
    ['width="100%" height="10mm" viewBox="0 0 3 1"', (30 * 96) / 25.4, (10 * 96) / 25.4],
    ['width="200" height="100" viewBox="0 0 10 10"', 200, 100],
    ['width="0" height="-5" viewBox="0 0 3 1"', 3, 1],
    ['width="1e400" height="1e-400" viewBox="0 0 3 1"', 3, 1],
    ['style="width:24px; HEIGHT: 12px" viewBox="0 0 3 1"', 24, 12],
    ['width="1" style="max-width:9px;width:24px !important" height="12"', 24, 12],
  ])('of <svg %s>', (attributes, width, height) => {
    const size = sizeOf(attributes)
    expect(size?.width).toBeCloseTo(width, 6)
    expect(size?.height).toBeCloseTo(height, 6)
  })

  it.each([
    '',
    'width="100"',
    'height="100"',
    'width="100%" height="100%"',
    'viewBox="0 0 0 10"',
    'viewBox="0 0 10"',
    'viewBox="0 0 10 10 10"',
    'viewBox="0 0 10 10px"',
    'viewBox="0 0 1e999 10"',
    'width="10" height="1 0"',
  ])('is not given by <svg %s>', (attributes) => {
    expect(sizeOf(attributes)).toBeNull()
  })

  it('takes less than 5 s for long numbers', () => {
    const digits = '1'.repeat(9_000)
    expect(sizeOf(`width="${digits}!" height="${digits}" viewBox="${digits} ${digits}"`)).toBeNull()
  }, 5_000)
})

describe('the width and height of a drawing in whole pixels', () => {
  it.each([
    [24, 16, 24, 16],
    [377.95, 188.98, 378, 189],
    [1.4, 1, 14, 10],
    [1, 0.4, 10, 4],
    [0.0014, 0.001, 14, 10],
    [240_000, 160_000, 2_400, 1_600],
    [10_000, 10_000, 10_000, 10_000],
    [1e9, 1, 10_000, 1],
  ])('are, for %d × %d, %d × %d', (width, height, ...expected) => {
    const { width: across, height: down } = wholePixelsOf({ width, height }, 10_000)
    expect([across, down]).toEqual(expected)
  })
})
