import { expect, it } from '@jest/globals'

import { createRefreshTokens, refreshTokenPattern } from './refresh-token.ts'

const tokens = createRefreshTokens('a secret')
const session = '0197f4a0-0000-7000-8000-000000000001'

it('creates first tokens of 256 random bits', () => {
  const made = Array.from({ length: 100 }, () => tokens.first())
  expect(new Set(made).size).toBe(100)
  for (const token of made) {
    expect(token).toMatch(refreshTokenPattern)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  }
})

it('computes the same successor again in every replica with the same secret', () => {
  const spent = tokens.first()
  const successor = tokens.successor(spent, session)
  expect(successor).toMatch(refreshTokenPattern)
  expect(createRefreshTokens('a secret').successor(spent, session)).toBe(successor)
})

it('computes a different successor for another token, another session or another secret', () => {
  const spent = tokens.first()
  const successors = [
    tokens.successor(spent, session),
    tokens.successor(tokens.first(), session),
    tokens.successor(spent, session.replace(/1$/, '2')),
    createRefreshTokens('another secret').successor(spent, session),
  ]
  expect(new Set(successors).size).toBe(4)
})

it('hashes tokens for main-service with SHA-256', () => {
  expect(tokens.hash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
