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

it('When a permission is removed that a wider one includes, then nothing changes', () => {
  expect(effectiveChange(['media:*', 'media:read'], ['media:*'], known)).toEqual({ gains: [], loses: [] })
  expect(effectiveChange(['media:read', 'media:read:own'], ['media:read'], known)).toEqual({ gains: [], loses: [] })
})

it('When a wildcard is removed, then the wildcard and the permissions that it includes are lost, except permissions that remain', () => {
  expect(effectiveChange(['media:*'], ['media:read'], known)).toEqual({
    gains: [],
    loses: ['media:*', 'media:create', 'media:update'],
  })
})

it('When a permission is limited to own rows, then the wider one is lost, and nothing is gained', () => {
  expect(effectiveChange(['media:read'], ['media:read:own'], known)).toEqual({ gains: [], loses: ['media:read'] })
})

it('When a permission is not in the list of known ones, then it is still returned', () => {
  expect(effectiveChange([], ['albums:share'], known)).toEqual({ gains: ['albums:share'], loses: [] })
})

const segment = fc.constantFrom('media', 'tags', '*')
const permission = fc.oneof(
  fc.constant('*'),
  fc
    .tuple(segment, fc.constantFrom('read', 'update', '*'), fc.constantFrom('', ':own'))
    .map(([resource, action, own]) => `${resource}:${action}${own}`),
)
const permissions = fc.uniqueArray(permission, { maxLength: 5 })

it('When a random set becomes another, then gains are new permissions, and the reverse change swaps gains and losses', () => {
  fc.assert(
    fc.property(permissions, permissions, (before, after) => {
      const { gains, loses } = effectiveChange(before, after, known)

      for (const name of gains) expect([name, holds(before, name), holds(after, name)]).toEqual([name, false, true])
      expect(effectiveChange(after, before, known)).toEqual({ gains: loses, loses: gains })
      const isIncluded = (one: string[], other: string[]) => one.every((name) => holds(other, name))
      expect(gains.length === 0).toBe(isIncluded(after, before))
      expect(loses.length === 0).toBe(isIncluded(before, after))
    }),
  )
})
