import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from '@jest/globals'

import { hasFonts } from './fonts.ts'

it('When a font file is in a subfolder, then there are fonts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-fonts-'))
  mkdirSync(join(folder, 'truetype', 'freefont'), { recursive: true })
  writeFileSync(join(folder, 'truetype', 'README'), '')
  expect(hasFonts([folder], 'linux')).toBe(false)
  writeFileSync(join(folder, 'truetype', 'freefont', 'FreeSans.ttf'), '')
  expect(hasFonts([folder], 'linux')).toBe(true)
  rmSync(folder, { recursive: true })
})

it('When no folder exists, then there are no fonts', () => {
  expect(hasFonts(['/nowhere/fonts'], 'linux')).toBe(false)
})

it('When the system is not Linux, then it has its own fonts', () => {
  expect(hasFonts([], 'darwin')).toBe(true)
})
