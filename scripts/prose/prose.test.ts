import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { findBrokenLinks } from './broken-links.ts'
import { readMarkdownPage } from './markdown-page.ts'
import { findPrivateWords } from './private-words.ts'

describe('Links between pages', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-pages-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function faultsOf(files: Record<string, string>): string[] {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const pages = Object.entries(files).filter(([path]) => path.endsWith('.md'))
    return findBrokenLinks(new Map(pages.map(([path, text]) => [path, readMarkdownPage(text)])), folder)
  }

  it('can lead to files, folders, headings and other servers', () => {
    const readme =
      '# A\n\n[b](docs/b.md#the-second-one) [docs](docs) [a](#a) [x](https://example.com/#x) ![p](docs/p.jpg)'
    expect(faultsOf({ 'README.md': readme, 'docs/b.md': '## The `second` one', 'docs/p.jpg': '' })).toEqual([])
  })

  it('must not lead to a missing file, whether inline or by reference', () => {
    expect(faultsOf({ 'README.md': 'See [b](b.md).\n\n[c]: c.md\n' })).toEqual([
      'README.md:1: the link b.md leads to a file that does not exist',
      'README.md:3: the link c.md leads to a file that does not exist',
    ])
  })

  it('must not lead to a heading that does not exist', () => {
    expect(faultsOf({ 'a.md': '[b](b.md#one) [here](#two)', 'b.md': '# Two' })).toEqual([
      'a.md:1: the link b.md#one leads to a heading that does not exist in b.md',
      'a.md:1: the link #two leads to a heading that does not exist in a.md',
    ])
  })

  it('must not lead out of the repository', () => {
    expect(faultsOf({ 'docs/a.md': '[x](../../x.md)' })).toEqual([
      'docs/a.md:1: the link ../../x.md leads out of the repository',
    ])
  })
})

describe('Private words', () => {
  it('are found in any case, with the word to write instead', () => {
    expect(findPrivateWords('Whom it concerns: the jobs In hand are given back.')).toEqual([
      { found: 'In hand', instead: 'in-flight' },
      { found: 'given back', instead: 'requeue, return or release' },
      { found: 'Whom', instead: 'the noun itself' },
    ])
  })

  it('are not found inside of other words', () => {
    expect(findPrivateWords('Labelled handbooks allow a follower who is far away.')).toEqual([])
  })

  it('are not found in code', () => {
    const page = readMarkdownPage('Run `give back`.\n\n```\nin hand\n```\n\n| a |\n| - |\n| `bell` |\n')
    expect(page.texts.flatMap(({ text }) => findPrivateWords(text))).toEqual([])
  })
})
