import { describe, expect, it } from '@jest/globals'

import { newRoleName, roleNameKeys } from './role-name.ts'

const problemOf = (name: string) => newRoleName.safeParse(name).error?.issues[0]?.message

describe('The name of a new role', () => {
  it.each([
    'admin',
    'Photo editors (read-only)',
    'R&D: Müller’s team',
    "O'Brien, Ltd.",
    'C++, C#',
    'night-shift_2.0',
    '2026 interns',
    'редакторы',
    'συντάκτες',
    'עורכים',
    'محررون',
    'संपादक',
    '编辑',
    '写真の編集者 A',
    '사진 편집자',
  ])('can be %j', (name) => expect(newRoleName.parse(name)).toBe(name))

  it.each([
    ['ａdmin', 'admin'],
    ['re\u0301dacteur', 'rédacteur'],
    [' editors ', 'editors'],
    ['night\u00A0shift', 'night shift'],
  ])('is normalised: %j becomes %j', (name, normalised) => expect(newRoleName.parse(name)).toBe(normalised))

  it.each([
    ['аdmin', 'must not mix letters of different scripts, such as Latin and Cyrillic'],
    ['αdmin', 'must not mix letters of different scripts, such as Latin and Cyrillic'],
    ['ad\u200Bmin', expect.stringMatching(/^must contain only/)],
    ['ad\u00ADmin', expect.stringMatching(/^must contain only/)],
    ['ad\u034Fmin', 'must not contain invisible characters'],
    ['\u3164', 'must not be blank'],
    ['admin\u202E', 'must not contain characters that change the text direction'],
    ['__proto__', 'must start with a letter or a digit'],
    ['\u0301a', 'must start with a letter or a digit'],
    ['a%2e%2e', expect.stringMatching(/^must contain only/)],
    ['%2e%2e', expect.stringMatching(/^must contain only/)],
    ['admin/..', expect.stringMatching(/^must contain only/)],
    ['..', 'must not be . or ..'],
    ['a  b', 'must not contain two blanks in a row'],
    ['👩', expect.stringMatching(/^must contain only/)],
    ['0197f4a0-0000-7000-8000-000000000001', 'must not have the form of an id'],
    ['ﷺ'.repeat(10), 'must have at most 64 characters'],
  ])('cannot be %j', (name, message) => expect(problemOf(name)).toEqual(message))
})

describe('Two names of roles', () => {
  const looksLike = (one: string, other: string) => {
    const keys = new Set(roleNameKeys(one))
    return roleNameKeys(other).some((key) => keys.has(key))
  }

  it.each([
    ['admin', 'Admin'],
    ['admin', 'ADMIN'],
    ['admin', 'аdmin'],
    ['admin', 'ad\u200Bmin'],
    ['admin', 'ad\u00ADmin'],
    ['admin', 'ａdmin'],
    ['AI', 'Al'],
    ['modern', 'modem'],
    ['level 1', 'level l'],
    ['cop', 'сор'],
    ['top', 'ΤΟΡ'],
  ])('look the same: %j and %j', (one, other) => expect(looksLike(one, other)).toBe(true))

  it.each([
    ['admin', 'admins'],
    ['editor', 'auditor'],
    ['Jose', 'José'],
    ['C', 'C++'],
    ['AI', 'AL'],
    ['mail', 'mall'],
    ['team 1', 'team 2'],
    ['team-a', 'team b'],
  ])('do not look the same: %j and %j', (one, other) => expect(looksLike(one, other)).toBe(false))
})
