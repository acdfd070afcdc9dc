import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultPresets } from '@likeness/media-jobs'
import { EnvironmentError } from '@likeness/service-kit/process'

import { readPresetsFile } from './presets-file.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-presets-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function faultsOf(content: string): Promise<string[]> {
  const file = join(folder, 'presets.json')
  await writeFile(file, content)
  try {
    readPresetsFile(file)
    return []
  } catch (error) {
    if (error instanceof EnvironmentError && error.message.startsWith(`The presets file ${file} cannot be used:`)) {
      return error.faults
    }
    throw error
  }
}

describe('The presets file', () => {
  it('in the repository contains the default presets', () => {
    expect(readPresetsFile(fileURLToPath(new URL('../../presets.json', import.meta.url)))).toEqual(defaultPresets)
  })

  it('is reported with every error, each with the name of its preset', async () => {
    const presets = [
      { name: 'thumb', fit: 'cover', width: 200 },
      { name: 'wide', fit: 'width', width: 0, wdith: 1, quality: { avif: 101 } },
      { name: 'Big', fit: 'inside', width: 10, height: 10, formats: ['bmp'] },
      7,
    ]
    expect(await faultsOf(JSON.stringify(presets))).toEqual([
      'The preset "thumb": cover and inside need a height, and width must not have one.',
      'The preset "wide", width: Too small: expected number to be >=1.',
      'The preset "wide", quality.avif: Too big: expected number to be <=100.',
      'The preset "wide": Unrecognized key: "wdith".',
      'The preset "Big", name: lower-case letters and digits, a letter first.',
      expect.stringMatching(/^The preset "Big", formats\.0: Invalid option: expected one of "avif"/),
      'The preset 4: Invalid input: expected object, received number.',
    ])
  })

  it.each([
    ['no content', '', [expect.stringMatching('JSON')]],
    ['an incomplete list', '[{ "name": "thumb"', [expect.stringMatching('JSON')]],
    ['an empty list', '[]', ['The presets: Too small: expected array to have >=1 items.']],
    ['an object', '{}', ['The presets: Invalid input: expected array, received object.']],
    [
      'a duplicate name',
      '[{"name":"a","fit":"width","width":1},{"name":"a","fit":"width","width":2}]',
      ['The presets: each name may appear only once.'],
    ],
  ])('with %s cannot be used', async (_content, content, faults) => {
    expect(await faultsOf(content)).toEqual(faults)
  })

  it('that is missing is reported', () => {
    expect(() => readPresetsFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be used:\n {2}- There is no file /)
  })
})
