import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { holds, intersect, permissionPattern, reach } from './permissions.ts'

// Few words, so that generated permissions often overlap.
const word = fc.constantFrom('media', 'tags', 'read', 'write')
const segment = fc.oneof({ weight: 3, arbitrary: word }, { weight: 1, arbitrary: fc.constant('*') })
const permission = fc.oneof(
  { weight: 1, arbitrary: fc.constant('*') },
  {
    weight: 9,
    arbitrary: fc
      .tuple(segment, segment, fc.boolean())
      .map(([resource, action, own]) => `${resource}:${action}${own ? ':own' : ''}`),
  },
)
const held = fc.array(permission, { maxLength: 4 })
const needed = fc.tuple(word, word).map(([resource, action]) => `${resource}:${action}`)

const ranks = { none: 0, own: 1, all: 2 }
const rankOf = (permissions: string[], need: string) => ranks[reach(permissions, need) ?? 'none']

describe('The scope of permissions', () => {
  it.each([
    [['*'], 'users:delete', 'all'],
    [['media:*'], 'media:read', 'all'],
    [['*:read'], 'media:read', 'all'],
    [['media:read:own'], 'media:read', 'own'],
    [['media:*:own'], 'media:delete', 'own'],
    [['media:read:own', 'media:read'], 'media:read', 'all'],
    [['media:reads', 'medias:read', 'tags:*'], 'media:read', undefined],
    [[], 'media:read', undefined],
  ])('When a user has %j and needs %s, then the scope is %s', (permissions, need, scope) => {
    expect(reach(permissions, need)).toBe(scope)
  })

  it('When a user has more permissions, then the scope is never smaller, in any order', () => {
    fc.assert(
      fc.property(held, held, needed, (one, more, need) => {
        expect(rankOf([...one, ...more], need)).toBe(Math.max(rankOf(one, need), rankOf(more, need)))
        expect(rankOf([...more, ...one], need)).toBe(rankOf([...one, ...more], need))
      }),
    )
  })
})

describe('Permissions that may be granted', () => {
  it('When a user can grant a permission, then its scope never exceeds their own permissions', () => {
    fc.assert(
      fc.property(held, permission, needed, (permissions, granted, need) => {
        fc.pre(holds(permissions, granted))
        expect(rankOf([granted], need)).toBeLessThanOrEqual(rankOf(permissions, need))
      }),
    )
  })

  it('When a user has a permission, then they can grant it and everything that it covers', () => {
    fc.assert(
      fc.property(held, permission, permission, (permissions, middle, granted) => {
        for (const own of permissions) expect(holds(permissions, own)).toBe(true)
        fc.pre(holds(permissions, middle) && holds([middle], granted))
        expect(holds(permissions, granted)).toBe(true)
      }),
    )
  })

  it('When a user does not have `*`, then they cannot grant `*`', () => {
    fc.assert(
      fc.property(held, (permissions) => {
        expect(holds(permissions, '*')).toBe(permissions.includes('*'))
      }),
    )
  })

  it('When a permission is generated, then it matches the pattern', () => {
    fc.assert(fc.property(permission, (name) => permissionPattern.test(name)))
  })
})

describe('The intersection of permissions', () => {
  it.each([
    [['media:*'], ['*:read'], ['media:read']],
    [['*'], ['media:read:own', 'tags:*'], ['media:read:own', 'tags:*']],
    [['media:read:own'], ['media:*'], ['media:read:own']],
    [['*'], ['*'], ['*']],
    [['*'], ['*:*:own'], ['*:*:own']],
    [['media:*', 'media:read'], ['media:read', '*:*'], ['media:*']],
    [['media:read'], ['media:write', 'tags:read'], []],
    [['*'], [], []],
  ])('of %j and %j is %j', (one, other, common) => {
    expect(intersect(one, other)).toEqual(common)
    expect(intersect(other, one)).toEqual(common)
  })

  it('When both sides have a permission, then the intersection has the smaller scope', () => {
    fc.assert(
      fc.property(held, held, needed, (one, other, need) => {
        const lower = Math.min(rankOf(one, need), rankOf(other, need))
        expect(rankOf(intersect(one, other), need)).toBe(lower)
      }),
    )
  })

  it('can grant a permission exactly if both sides can', () => {
    fc.assert(
      fc.property(held, held, permission, (one, other, granted) => {
        expect(holds(intersect(one, other), granted)).toBe(holds(one, granted) && holds(other, granted))
      }),
    )
  })

  it('contains only valid permissions, and none that covers another', () => {
    fc.assert(
      fc.property(held, held, (one, other) => {
        const common = intersect(one, other)
        for (const name of common) {
          expect(name).toMatch(permissionPattern)
          expect(common.filter((wider) => holds([wider], name))).toEqual([name])
        }
      }),
    )
  })
})
