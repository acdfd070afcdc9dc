import { expect, it } from '@jest/globals'
import { holds } from '@likeness/service-kit/identity'
import fc from 'fast-check'

import { effectiveChange } from './effective-change.ts'

const known = [
  '*',
  'media:*',
  'media:create',
  'media:read',
  'media:read:own',
  'media:update',
  'tags:read',
  'users:read',
]

it('When a permission goes that a wider one covers, then nothing changes', () => {
  expect(effectiveChange(['media:*', 'media:read'], ['media:*'], known)).toEqual({ gains: [], loses: [] })
  expect(effectiveChange(['media:read', 'media:read:own'], ['media:read'], known)).toEqual({ gains: [], loses: [] })
})

it('When a wildcard goes, then it is told with what it stood for, but for what is kept', () => {
  expect(effectiveChange(['media:*'], ['media:read'], known)).toEqual({
    gains: [],
    loses: ['media:*', 'media:create', 'media:update'],
  })
})

it('When every row becomes one’s own rows only, then the first is lost and nothing is gained', () => {
  expect(effectiveChange(['media:read'], ['media:read:own'], known)).toEqual({ gains: [], loses: ['media:read'] })
})

it('When a permission is not known here, then it is told by its name', () => {
  expect(effectiveChange([], ['albums:share'], known)).toEqual({ gains: ['albums:share'], loses: [] })
})

const segment = fc.constantFrom('media', 'tags', '*')
const permission = fc.oneof(
  fc.constant('*'),
  fc
    .tuple(segment, fc.constantFrom('read', 'update', '*'), fc.constantFrom('', ':own'))
    .map(([resource, action, own]) => `${resource}:${action}${own}`),
)
const held = fc.uniqueArray(permission, { maxLength: 5 })

it('When any set becomes any other, then what is gained is held after and was not before, and the way back is the reverse', () => {
  fc.assert(
    fc.property(held, held, (before, after) => {
      const { gains, loses } = effectiveChange(before, after, known)

      for (const name of gains) expect([name, holds(before, name), holds(after, name)]).toEqual([name, false, true])
      expect(effectiveChange(after, before, known)).toEqual({ gains: loses, loses: gains })
      const isCovered = (one: string[], other: string[]) => one.every((name) => holds(other, name))
      expect(gains.length === 0).toBe(isCovered(after, before))
      expect(loses.length === 0).toBe(isCovered(before, after))
    }),
  )
})
