import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { auditedFields } from './audited-fields.ts'

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('The fields of an entry of the audit trail', () => {
  it('are the fields that differ, without the time of the change', () => {
    const before = { name: 'Ada', locale: 'de', updatedAt: '1', roles: ['user'] }
    const after = { name: 'Ada', locale: 'fr', updatedAt: '2', roles: ['user', 'editor'] }

    expect(auditedFields(before, after)).toEqual({
      before: { locale: 'de', roles: ['user'] },
      after: { locale: 'fr', roles: ['user', 'editor'] },
    })
  })

  it('contain only the differing keys of an object', () => {
    const before = { profile: { city: 'Bern', phone: '1', gone: true } }
    const after = { profile: { city: 'Bern', phone: '2', added: null } }

    expect(auditedFields(before, after)).toEqual({
      before: { profile: { phone: '1', gone: true } },
      after: { profile: { phone: '2', added: null } },
    })
  })

  it('contain an object whole if it was null before', () => {
    expect(auditedFields({ avatar: null }, { avatar: { mediaId: 'm', urls: {} } })).toEqual({
      before: { avatar: null },
      after: { avatar: { mediaId: 'm', urls: {} } },
    })
  })

  it('are all fields if the target was created or deleted', () => {
    expect(auditedFields(undefined, { name: 'Ada' })).toEqual({ before: null, after: { name: 'Ada' } })
    expect(auditedFields({ name: 'Ada' }, undefined)).toEqual({ before: { name: 'Ada' }, after: null })
  })

  it('are undefined if nothing differs', () => {
    expect(auditedFields({ name: 'Ada', updatedAt: '1' }, { name: 'Ada', updatedAt: '2' })).toBeUndefined()
  })
})

describe('A long value in an entry of the audit trail', () => {
  it('is replaced by its beginning and its length', () => {
    const after = auditedFields({ profile: {} }, { profile: { about: 'a'.repeat(4_000), city: 'Bern' } })?.after

    expect(after).toEqual({ profile: { about: { truncated: 'a'.repeat(998), length: 4_000 }, city: 'Bern' } })
  })

  it('is never cut in the middle of a character', () => {
    for (const prefix of ['', 'a', 'ab', 'abc']) {
      const after = auditedFields({ name: '' }, { name: prefix + '👩'.repeat(1_000) })?.after
      expect((after as { name: { truncated: string } }).name.truncated.isWellFormed()).toBe(true)
    }
  })

  it('keeps the items of a list that differ, and the length of the list', () => {
    const many = Array.from({ length: 100 }, (_, index) => `permission-${index}:read`)

    expect(auditedFields({ permissions: many }, { permissions: [...many.slice(1), 'users:*'] })).toEqual({
      before: { permissions: { truncated: ['permission-0:read'], length: 100 } },
      after: { permissions: { truncated: ['users:*'], length: 100 } },
    })
  })

  it('is never an item of a list that differs, so that no granted permission can be hidden', () => {
    const granted = Array.from({ length: 500 }, (_, index) => `granted-${index}:${'x'.repeat(80)}`)
    const after = auditedFields({ permissions: ['a:b'] }, { permissions: granted })?.after

    expect(after).toEqual({ permissions: { truncated: granted, length: 500 } })
  })

  it('leaves a few kilobytes, whatever the fields of a profile contain', () => {
    const key = fc.stringMatching(/^[A-Za-z][\w-]{0,63}$/)
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 4_000 }), fc.constant('\u0001'.repeat(4_000)))
    const profile = fc.dictionary(key, fc.oneof(text, fc.double(), fc.constant(null)), { maxKeys: 50 })
    fc.assert(
      fc.property(profile, profile, (before, after) => {
        const fields = auditedFields({ profile: before }, { profile: after })
        expect(bytesOf(fields ?? {})).toBeLessThan(8_192)
      }),
      { numRuns: 30 },
    )
  })

  it('leaves the names of the keys if even short values are too many', () => {
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}-${'k'.repeat(50)}`)
    const profile = Object.fromEntries(keys.map((key) => [key, 'a value of some length']))

    const [name, permissions] = ['n'.repeat(200), Array.from({ length: 500 }, (_, index) => `a:${index}`)]

    expect(auditedFields({ profile: {}, permissions: [] }, { profile, name, permissions })?.after).toEqual({
      profile: { truncated: keys, length: 50 },
      name: { truncated: 'n'.repeat(58), length: 200 },
      permissions: { truncated: permissions, length: 500 },
    })
  })
})
