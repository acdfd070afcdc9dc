import { describe, expect, it } from '@jest/globals'
import { defaultPresets, type Preset } from '@likeness/media-jobs'
import fc from 'fast-check'
import { fit, LONGEST_RENDITION, regionAround } from './geometry.ts'

const [thumb, small] = defaultPresets as [Preset, Preset]
const side = fc.integer({ min: 1, max: 20_000 })
const part = fc.double({ min: 0, max: 1, noNaN: true })

describe('fitting a preset onto a source', () => {
  it('scales to a width and keeps the proportions', () => {
    expect(fit(small, { width: 1600, height: 1200 }, false)).toMatchObject({ width: 320, height: 240, crops: false })
  })

  it('covers a square and cuts what is over', () => {
    const fitting = fit(thumb, { width: 1600, height: 1200 }, false)
    expect(fitting).toEqual({ width: 200, height: 200, scaled: { width: 267, height: 200 }, crops: true })
  })

  it('leaves a smaller source as it is', () => {
    expect(fit(thumb, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80, crops: false })
    expect(fit(small, { width: 120, height: 80 }, false)).toMatchObject({ width: 120, height: 80 })
    expect(fit(thumb, { width: 300, height: 80 }, false)).toMatchObject({ width: 200, height: 80, crops: true })
  })

  it('enlarges a drawing', () => {
    expect(fit(small, { width: 10, height: 20 }, true)).toMatchObject({ width: 320, height: 640 })
  })

  it('never enlarges, never comes out longer than an encoder takes, and is never empty', () => {
    fc.assert(
      fc.property(side, side, fc.constantFrom(...defaultPresets), (width, height, preset) => {
        const fitting = fit(preset, { width, height }, false)
        expect(fitting.width).toBeLessThanOrEqual(Math.min(width, preset.width))
        expect(fitting.height).toBeLessThanOrEqual(Math.min(height, preset.height ?? LONGEST_RENDITION))
        expect(Math.min(fitting.width, fitting.height)).toBeGreaterThanOrEqual(1)
        expect(fitting.scaled.width).toBeLessThanOrEqual(width)
        expect(fitting.scaled.height).toBeLessThanOrEqual(height)
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
      fc.property(side, side, part, part, (width, height, x, y) => {
        const fitting = fit(thumb, { width, height }, false)
        const region = regionAround({ x, y }, fitting)
        expect(Math.min(region.left, region.top)).toBeGreaterThanOrEqual(0)
        expect(region.left + region.width).toBeLessThanOrEqual(fitting.scaled.width)
        expect(region.top + region.height).toBeLessThanOrEqual(fitting.scaled.height)
      }),
    )
  })
})
