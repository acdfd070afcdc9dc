import { describe, expect, it } from '@jest/globals'

import { formatsFor } from './formats.ts'
import { defaultPresets, fingerprintOf, PIPELINE_VERSION, presetsSchema, type Preset } from './presets.ts'

const thumb = defaultPresets[0] as Preset
const small = defaultPresets[1] as Preset

describe('the default presets', () => {
  it('are five, with the dimensions that clients rely on', () => {
    const sizes = defaultPresets.map(({ name, fit, width, height }) => [name, fit, width, height])
    expect(sizes).toEqual([
      ['thumb', 'cover', 200, 200],
      ['small', 'width', 320, null],
      ['medium', 'width', 640, null],
      ['large', 'width', 1280, null],
      ['xlarge', 'width', 1920, null],
    ])
  })
})

describe('the formats of a source', () => {
  it('are AVIF and JPEG for a plain picture', () => {
    expect(formatsFor(small, { animated: false, hasAlpha: false })).toEqual(['avif', 'jpeg'])
  })

  it('include WebP instead of JPEG for a source with alpha, once', () => {
    expect(formatsFor(small, { animated: false, hasAlpha: true })).toEqual(['avif', 'webp'])
    const all: Preset = { ...small, formats: ['webp', 'jpeg'] }
    expect(formatsFor(all, { animated: false, hasAlpha: true })).toEqual(['webp'])
  })

  it('are only WebP for an animation', () => {
    expect(formatsFor(small, { animated: true, hasAlpha: true })).toEqual(['webp'])
  })
})

describe('a fingerprint', () => {
  it('is the same in every build', () => {
    // These change only with PIPELINE_VERSION or a preset. Then every rendition becomes stale.
    expect(defaultPresets.map((preset) => fingerprintOf(preset, null, 2))).toMatchInlineSnapshot(`
[
  "b1ca45b7eec28ecc",
  "962f8b9919f395f4",
  "b192b41de8aff3bf",
  "0e583d627816a51e",
  "8fad531fd20a831a",
]
`)
  })

  it('changes with the definition and with the pipeline version', () => {
    const before = fingerprintOf(small, null)
    expect(fingerprintOf({ ...small, width: 321 }, null)).not.toBe(before)
    expect(fingerprintOf({ ...small, quality: { ...small.quality, avif: 61 } }, null)).not.toBe(before)
    expect(fingerprintOf({ ...small, formats: ['avif'] }, null)).not.toBe(before)
    expect(fingerprintOf(small, null, PIPELINE_VERSION + 1)).not.toBe(before)
  })

  it('does not change with the name, or with the order of formats or fields', () => {
    const before = fingerprintOf(small, null)
    expect(fingerprintOf({ ...small, name: 'little', formats: ['jpeg', 'avif'] }, null)).toBe(before)
    const { quality, ...rest } = small
    expect(
      fingerprintOf({ quality: { webp: quality.webp, jpeg: quality.jpeg, avif: quality.avif }, ...rest }, null),
    ).toBe(before)
  })

  it('depends on the focal point only if the preset crops', () => {
    expect(fingerprintOf(thumb, { x: 0.2, y: 0.2 })).not.toBe(fingerprintOf(thumb, null))
    expect(fingerprintOf(thumb, { x: 0.2, y: 0.2 })).toBe(fingerprintOf(thumb, { x: 0.2000001, y: 0.2 }))
    expect(fingerprintOf(small, { x: 0.2, y: 0.2 })).toBe(fingerprintOf(small, null))
  })
})

describe('configured presets', () => {
  it('are rejected when they are invalid', () => {
    const isRejected = (preset: unknown): boolean => !presetsSchema.safeParse([preset]).success
    expect(isRejected({ ...thumb, height: null })).toBe(true)
    expect(isRejected({ ...small, height: 10 })).toBe(true)
    expect(isRejected({ ...small, name: '../x' })).toBe(true)
    expect(isRejected({ ...small, formats: [] })).toBe(true)
    expect(isRejected({ ...small, formats: ['avif', 'avif'] })).toBe(true)
    expect(presetsSchema.safeParse([small, small]).success).toBe(false)
  })
})
