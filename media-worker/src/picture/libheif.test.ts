import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { expect, it } from '@jest/globals'

import { startLibheif } from './libheif.ts'

const require = createRequire(import.meta.url)
const versionIn = (file: string) => JSON.parse(readFileSync(require.resolve(file), 'utf8'))

/** Before you change it, compare the struct offsets in libheif.ts with the headers of the new version. */
const VERSION = '1.23.2'

it('libheif is pinned and installed in the version whose structs libheif.ts knows', () => {
  expect(versionIn('../../package.json').dependencies['libheif-js']).toBe(VERSION)
  expect(versionIn('libheif-js/package.json').version).toBe(VERSION)
})

it('libheif-js contains libheif of the same version', () => {
  const lib = startLibheif().lib as unknown as { _heif_get_version_number(): number }
  // oxlint-disable-next-line no-underscore-dangle -- the WebAssembly build exports this name
  const number = lib._heif_get_version_number()
  expect([number >> 24, (number >> 16) & 255, (number >> 8) & 255].join('.')).toBe(VERSION)
})
