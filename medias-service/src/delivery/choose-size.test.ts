import { expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import { Problem } from '@likeness/service-kit/process'
import fc from 'fast-check'

import type { SizeJson, VersionJson } from '../media/version-rows.ts'
import { createPresetsInForce } from '../presets/presets-in-force.ts'
import { chooseSize } from './choose-size.ts'

const presets = createPresetsInForce(defaultPresets)

const size = (format: string): SizeJson => ({
  preset: 'thumb',
  format,
  width: 1,
  height: 1,
  bytes: 1,
  storeKey: format,
  fingerprint: '',
})
const version = (formats: string[]) => ({ status: 'ready', sizes: formats.map(size) }) as unknown as VersionJson

const outcome = (formats: string[], accept: string | undefined, format?: string, withoutAvif = false): string => {
  try {
    return chooseSize(version(formats), presets, { preset: 'thumb', format, accept, withoutAvif }).format
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

const formats = fc.uniqueArray(fc.constantFrom<'avif' | 'jpeg' | 'webp'>('avif', 'jpeg', 'webp'), { minLength: 1 })
const quality = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)

it('chooses a format that every client can read if there is no Accept header', () => {
  expect(outcome(['avif', 'jpeg'], undefined)).toBe('jpeg')
  expect(outcome(['avif', 'webp'], undefined)).toBe('webp')
  expect(outcome(['avif'], undefined)).toBe('avif')
  expect(outcome(['avif', 'jpeg'], '')).toBe('jpeg')
  expect(outcome(['avif', 'jpeg'], ' ')).toBe('jpeg')
})

it.each([
  ['image/avif;Q=0, image/jpeg', 'jpeg'],
  ['image/avif ; q = 0.2, image/jpeg;q=0.1', 'avif'],
  ['image/jpeg;note="a,b;q=0", */*', 'avif'],
  ['image/avif;q=0.001, image/jpeg;q=0.002', 'jpeg'],
  ['image/avif;q=0.2, image/webp;q=0.200, image/jpeg;q=0.2', 'avif'],
  ['image/webp, image/jpeg', 'jpeg'],
  ['image/webp, */*', 'jpeg'],
  ['image/webp, */*;q=0.999', 'webp'],
  ['image/*;q=0, */*', 'not-acceptable'],
  ['image/avif;q=nonsense', 'not-acceptable'],
])('parses quoted parameters, spaces and letter case in %j according to RFC 9110: %s', (accept, format) => {
  expect(outcome(accept.includes('note') ? ['avif'] : ['avif', 'jpeg', 'webp'], accept)).toBe(format)
})

it('returns the requested format, whatever the Accept header is', () => {
  fc.assert(
    fc.property(formats, fc.string(), (there, accept) => {
      for (const format of ['avif', 'jpeg', 'webp']) {
        expect(outcome(there, accept, format)).toBe(there.some((one) => one === format) ? format : 'no-such-format')
      }
    }),
  )
})

it('chooses AVIF, with `withoutAvif`, only if it is requested by name or is the only format', () => {
  fc.assert(
    fc.property(formats, fc.string(), (there, accept) => {
      const others = there.filter((format) => format !== 'avif')
      const left = others.length > 0 ? others : there
      expect(outcome(there, accept, undefined, true)).toBe(outcome(left, accept))
      expect(outcome(there, accept, 'avif', true)).toBe(there.includes('avif') ? 'avif' : 'no-such-format')
    }),
  )
  expect(outcome(['avif', 'jpeg'], 'image/avif,*/*', undefined, true)).toBe('jpeg')
  expect(outcome(['avif'], 'image/avif,*/*', undefined, true)).toBe('avif')
})

it('never chooses a format with quality 0, and always one with the highest quality', () => {
  fc.assert(
    fc.property(formats, fc.record({ avif: quality, jpeg: quality, webp: quality }), (there, liked) => {
      const accept = Object.entries(liked)
        .map(([format, q]) => `image/${format};q=${q}`)
        .join(', ')
      const best = Math.max(...there.map((format) => liked[format]))
      const chosen = outcome(there, accept)
      if (best === 0) expect(chosen).toBe('not-acceptable')
      else expect(liked[chosen as keyof typeof liked]).toBe(best)
    }),
  )
})

it('returns a format or throws a problem for any header', () => {
  fc.assert(fc.property(formats, fc.string(), (there, accept) => void outcome(there, accept)))
})
