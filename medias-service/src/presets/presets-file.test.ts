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
      'The preset "thumb" must have a height with the fit cover or inside, and no height with the fit width.',
      'The preset "wide": width must be at least 1.',
      'The preset "wide": quality.avif must be at most 100.',
      'The preset "wide": wdith is an unknown field; did you mean width?',
      'The preset "Big": name must be lower-case letters and digits, starting with a letter.',
      expect.stringMatching(/^The preset "Big": formats\.0 must be one of avif, /),
      'The preset 4 must be an object.',
    ])
  })

  it.each([
    ['no content', '', [expect.stringMatching('JSON')]],
    ['an incomplete list', '[{ "name": "thumb"', [expect.stringMatching('JSON')]],
    ['an empty list', '[]', ['The presets must not be empty.']],
    ['an object', '{}', ['The presets must be a list.']],
    [
      'a duplicate name',
      '[{"name":"a","fit":"width","width":1},{"name":"a","fit":"width","width":2}]',
      ['The presets must not contain a name twice.'],
    ],
  ])('with %s cannot be used', async (_content, content, faults) => {
    expect(await faultsOf(content)).toEqual(faults)
  })

  it('that is missing is reported', () => {
    expect(() => readPresetsFile(join(folder, 'none.json'))).toThrow(
      /none\.json cannot be used:\n {2}- The file \S+none\.json does not exist/,
    )
  })
})
