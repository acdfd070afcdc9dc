import { describe, expect, it } from '@jest/globals'

import { readCommand } from './command-options.ts'

const id = '01940000-0000-7000-8000-000000000000'

describe('the command line of media:regenerate', () => {
  it.each([
    [[], { does: 'begin', only: 'stale', filter: {}, detach: false }],
    [['--stale'], { does: 'begin', only: 'stale', filter: {}, detach: false }],
    [['--all', '--detach'], { does: 'begin', only: 'all', filter: {}, detach: true }],
    [
      ['--tag', 'sea', '--owner', id.toUpperCase(), '--preset', 'small', '--preset=thumb', '--preset', 'small'],
      { does: 'begin', only: 'stale', filter: { tag: 'sea', owner: id, presets: ['small', 'thumb'] }, detach: false },
    ],
    [
      ['--created-before', '2026-01-31'],
      { does: 'begin', only: 'stale', filter: { createdBefore: '2026-01-31T00:00:00.000Z' }, detach: false },
    ],
    [
      ['--created-before', '2026-01-31T12:00:00+02:00'],
      { does: 'begin', only: 'stale', filter: { createdBefore: '2026-01-31T10:00:00.000Z' }, detach: false },
    ],
    [['--watch', id], { does: 'watch', id }],
    [['--cancel', id], { does: 'cancel', id }],
    [['--help', '--all'], { does: 'help' }],
  ])('reads %j', (args, command) => {
    expect(readCommand(args)).toEqual(command)
  })

  it.each([
    [['--some'], /Unknown option '--some'/],
    [['now'], /now/],
    [['--stale', '--all'], /^--all cannot be combined with --stale$/],
    [['--owner', 'ada'], /^--owner /],
    [['--tag', 'Not A Slug'], /^--tag must be the slug of a tag$/],
    [['--tag', ''], /^--tag must be the slug of a tag$/],
    [['--preset', '../x'], /^--preset must be the name of a preset$/],
    [['--created-before', 'yesterday'], /^--created-before must be a date such as/],
    [['--created-before', '0000-01-01'], /^--created-before must be a date such as/],
    [['--watch', 'it'], /^--watch must be the id of a regeneration$/],
    [['--watch', id, '--detach'], /^--watch and --cancel cannot be combined with other options$/],
    [['--watch', id, '--cancel', id], /^--watch and --cancel cannot be combined with other options$/],
    [['--cancel', id, '--tag', 'sea'], /^--watch and --cancel cannot be combined with other options$/],
    [['--owner'], /owner/],
  ])('reports the error in %j', (args, reason) => {
    const faults = readCommand(args)
    expect(faults).toEqual([expect.stringMatching(reason)])
  })
})
