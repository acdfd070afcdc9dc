import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { expect, it } from '@jest/globals'

import { startLibheif } from './libheif.ts'

const require = createRequire(import.meta.url)
const versionIn = (file: string) => JSON.parse(readFileSync(require.resolve(file), 'utf8'))

/** For a newer one, compare the struct offsets in libheif.ts with its headers first. */
const VERSION = '1.23.2'

it('runs the version of libheif whose structs libheif.ts knows, and no other can be installed', () => {
  expect(versionIn('../../package.json').dependencies['libheif-js']).toBe(VERSION)
  expect(versionIn('libheif-js/package.json').version).toBe(VERSION)
})

it('is built from the libheif of that version', () => {
  const lib = startLibheif().lib as unknown as { _heif_get_version_number(): number }
  // oxlint-disable-next-line no-underscore-dangle -- so the build for WebAssembly names what it exports
  const number = lib._heif_get_version_number()
  expect([number >> 24, (number >> 16) & 255, (number >> 8) & 255].join('.')).toBe(VERSION)
})
