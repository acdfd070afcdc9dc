import { describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import fc from 'fast-check'

import { crops, fit, LONGEST_RENDITION, regionAround } from './geometry.ts'

const [thumb, small] = defaultPresets as [Preset, Preset]
const boxed: Preset = { ...thumb, fit: 'inside', width: 300, height: 200 }
const enlarging = (preset: Preset): Preset => ({ ...preset, enlarge: true })

const side = fc.integer({ min: 1, max: 20_000 })
const part = fc.double({ min: 0, max: 1, noNaN: true })
const presetSide = fc.integer({ min: 1, max: LONGEST_RENDITION })
const preset = fc
  .record({ fit: fc.constantFrom('cover', 'inside', 'width'), width: presetSide, height: presetSide })
  .map(({ height, ...rest }): Preset => ({ ...small, ...rest, height: rest.fit === 'width' ? null : height }))
/** Maximum difference between a side in whole pixels and its exact length. */
const ROUNDING = 0.5 + 1e-6

describe('a preset that is fitted to a source', () => {
  it('has the width of the preset and the proportions of the source', () => {
    const fitting = fit(small, { width: 1600, height: 1200 }, false)
    expect(fitting).toMatchObject({ width: 320, height: 240 })
    expect(crops(fitting)).toBe(false)
  })

  it('covers a square and crops the rest', () => {
    const fitting = fit(thumb, { width: 1600, height: 1200 }, false)
    const square = { width: 200, height: 200 }
    expect(fitting).toEqual({ ...square, scaled: { width: 267, height: 200 }, cut: square })
  })

  it('has both sides inside the box', () => {
    expect(fit(boxed, { width: 1600, height: 1200 }, false)).toMatchObject({ width: 267, height: 200 })
    expect(fit(boxed, { width: 1600, height: 400 }, false)).toMatchObject({ width: 300, height: 75 })
  })

  it('has the dimensions of a smaller source', () => {
    expect(fit(thumb, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(small, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(boxed, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(thumb, { width: 300, height: 80 }, false)).toMatchObject({ width: 200, height: 80 })
  })

  it('is enlarged if the preset says so', () => {
    expect(fit(enlarging(small), { width: 120, height: 80 }, false)).toMatchObject({ width: 320, height: 213 })
    expect(fit(enlarging(boxed), { width: 120, height: 90 }, false)).toMatchObject({ width: 267, height: 200 })
    const square = { width: 200, height: 200 }
    const fitting = fit(enlarging(thumb), { width: 120, height: 80 }, false)
    expect(fitting).toEqual({ ...square, scaled: { width: 120, height: 80 }, cut: { width: 80, height: 80 } })
  })

  it('is enlarged if the source is a drawing, by drawing it larger', () => {
    expect(fit(small, { width: 10, height: 20 }, true)).toMatchObject({ width: 320, height: 640 })
    expect(fit(thumb, { width: 10, height: 20 }, true).scaled).toEqual({ width: 200, height: 400 })
  })

  it('is never enlarged by default, never longer than an encoder allows, and never empty', () => {
    fc.assert(
      fc.property(side, side, preset, (width, height, asked) => {
        const fitting = fit(asked, { width, height }, false)
        expect(fitting.width).toBeLessThanOrEqual(Math.min(width, asked.width))
        expect(fitting.height).toBeLessThanOrEqual(Math.min(height, asked.height ?? LONGEST_RENDITION))
        expect(Math.min(fitting.width, fitting.height)).toBeGreaterThanOrEqual(1)
        expect(fitting.cut).toEqual({ width: fitting.width, height: fitting.height })
      }),
    )
  })

  it('has the width and height of the preset if it may be enlarged, as far as an encoder allows', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), (width, height, asked, scalable) => {
        const fitting = fit(enlarging(asked), { width, height }, scalable)
        expect(Math.max(fitting.width, fitting.height)).toBeLessThanOrEqual(LONGEST_RENDITION)
        if (asked.fit === 'cover') expect(fitting).toMatchObject({ width: asked.width, height: asked.height })
        else {
          expect(fitting.width).toBeLessThanOrEqual(asked.width)
          const reached = [fitting.width === asked.width, fitting.height === (asked.height ?? LONGEST_RENDITION)]
          expect(reached).toContain(true)
        }
      }),
    )
  })

  it('keeps the proportions of the part that is not cropped', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), (width, height, asked, enlarge) => {
        const { scaled, cut, ...outcome } = fit({ ...asked, enlarge }, { width, height }, false)
        expect(cut.width).toBeLessThanOrEqual(scaled.width)
        expect(cut.height).toBeLessThanOrEqual(scaled.height)
        const across = outcome.width / cut.width
        const down = outcome.height / cut.height
        // A side of one pixel after rounding has no meaningful proportions.
        if (Math.min(cut.width, cut.height, outcome.width, outcome.height) < 2) return
        const slack = 1 + ROUNDING / (Math.min(cut.width, cut.height) - ROUNDING)
        const rounded = 1 + ROUNDING / (Math.min(outcome.width, outcome.height) - ROUNDING)
        expect(Math.max(across / down, down / across)).toBeLessThanOrEqual(slack * slack * rounded * rounded)
      }),
    )
  })

  it('needs no intermediate picture that is larger than the source or the result', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), (width, height, asked, scalable) => {
        const { scaled } = fit(enlarging(asked), { width, height }, scalable)
        expect(scaled.width).toBeLessThanOrEqual(scalable ? LONGEST_RENDITION : width)
        expect(scaled.height).toBeLessThanOrEqual(scalable ? LONGEST_RENDITION : height)
      }),
    )
  })
})

describe('a crop around a focal point', () => {
  it('is centred on the point, or at the edge as close to it as possible', () => {
    const fitting = fit(thumb, { width: 800, height: 400 }, false)
    expect(regionAround({ x: 0.5, y: 0.5 }, fitting)).toEqual({ left: 100, top: 0, width: 200, height: 200 })
    expect(regionAround({ x: 0, y: 0 }, fitting)).toMatchObject({ left: 0 })
    expect(regionAround({ x: 1, y: 1 }, fitting)).toMatchObject({ left: 200 })
  })

  it('never exceeds the picture', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), part, part, (width, height, asked, enlarge, x, y) => {
        const fitting = fit({ ...asked, enlarge }, { width, height }, false)
        const region = regionAround({ x, y }, fitting)
        expect(Math.min(region.left, region.top)).toBeGreaterThanOrEqual(0)
        expect(region.left + region.width).toBeLessThanOrEqual(fitting.scaled.width)
        expect(region.top + region.height).toBeLessThanOrEqual(fitting.scaled.height)
      }),
    )
  })
})
