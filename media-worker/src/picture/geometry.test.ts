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
/** How far a side may be from where it would be without whole pixels. */
const ROUNDING = 0.5 + 1e-6

describe('fitting a preset onto a source', () => {
  it('scales to a width and keeps the proportions', () => {
    const fitting = fit(small, { width: 1600, height: 1200 }, false)
    expect(fitting).toMatchObject({ width: 320, height: 240 })
    expect(crops(fitting)).toBe(false)
  })

  it('covers a square and cuts what is over', () => {
    const fitting = fit(thumb, { width: 1600, height: 1200 }, false)
    const square = { width: 200, height: 200 }
    expect(fitting).toEqual({ ...square, scaled: { width: 267, height: 200 }, cut: square })
  })

  it('scales until both sides lie inside a box', () => {
    expect(fit(boxed, { width: 1600, height: 1200 }, false)).toMatchObject({ width: 267, height: 200 })
    expect(fit(boxed, { width: 1600, height: 400 }, false)).toMatchObject({ width: 300, height: 75 })
  })

  it('leaves a smaller source as it is', () => {
    expect(fit(thumb, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(small, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(boxed, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(thumb, { width: 300, height: 80 }, false)).toMatchObject({ width: 200, height: 80 })
  })

  it('enlarges where the preset says so', () => {
    expect(fit(enlarging(small), { width: 120, height: 80 }, false)).toMatchObject({ width: 320, height: 213 })
    expect(fit(enlarging(boxed), { width: 120, height: 90 }, false)).toMatchObject({ width: 267, height: 200 })
    const square = { width: 200, height: 200 }
    const fitting = fit(enlarging(thumb), { width: 120, height: 80 }, false)
    expect(fitting).toEqual({ ...square, scaled: { width: 120, height: 80 }, cut: { width: 80, height: 80 } })
  })

  it('enlarges a drawing, by drawing it larger', () => {
    expect(fit(small, { width: 10, height: 20 }, true)).toMatchObject({ width: 320, height: 640 })
    expect(fit(thumb, { width: 10, height: 20 }, true).scaled).toEqual({ width: 200, height: 400 })
  })

  it('never enlarges unasked, never comes out longer than an encoder takes, and is never empty', () => {
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

  it('has the width and height that were asked for where it may enlarge, as far as an encoder takes them', () => {
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

  it('keeps the proportions of what is not cut away', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), (width, height, asked, enlarge) => {
        const { scaled, cut, ...outcome } = fit({ ...asked, enlarge }, { width, height }, false)
        expect(cut.width).toBeLessThanOrEqual(scaled.width)
        expect(cut.height).toBeLessThanOrEqual(scaled.height)
        const across = outcome.width / cut.width
        const down = outcome.height / cut.height
        // A side of which rounding makes one pixel has no proportions to keep.
        if (Math.min(cut.width, cut.height, outcome.width, outcome.height) < 2) return
        const slack = 1 + ROUNDING / (Math.min(cut.width, cut.height) - ROUNDING)
        const rounded = 1 + ROUNDING / (Math.min(outcome.width, outcome.height) - ROUNDING)
        expect(Math.max(across / down, down / across)).toBeLessThanOrEqual(slack * slack * rounded * rounded)
      }),
    )
  })

  it('goes through nothing larger than the source or the outcome, however long and thin the source is', () => {
    fc.assert(
      fc.property(side, side, preset, fc.boolean(), (width, height, asked, scalable) => {
        const { scaled } = fit(enlarging(asked), { width, height }, scalable)
        expect(scaled.width).toBeLessThanOrEqual(scalable ? LONGEST_RENDITION : width)
        expect(scaled.height).toBeLessThanOrEqual(scalable ? LONGEST_RENDITION : height)
      }),
    )
  })
})

describe('cropping around a focal point', () => {
  it('lies around it, and at the edge as near as it can', () => {
    const fitting = fit(thumb, { width: 800, height: 400 }, false)
    expect(regionAround({ x: 0.5, y: 0.5 }, fitting)).toEqual({ left: 100, top: 0, width: 200, height: 200 })
    expect(regionAround({ x: 0, y: 0 }, fitting)).toMatchObject({ left: 0 })
    expect(regionAround({ x: 1, y: 1 }, fitting)).toMatchObject({ left: 200 })
  })

  it('never reaches over the edge', () => {
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
