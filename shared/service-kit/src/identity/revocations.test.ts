import { describe, expect, it } from '@jest/globals'
import type { UserClaims } from '@likeness/internal-api'
import fc from 'fast-check'

import { createRevocations } from './revocations.ts'

const user = '00000000-0000-7000-8000-000000000001'
const session = '00000000-0000-7000-8000-000000000002'
const editors = '00000000-0000-7000-8000-00000000000a'
const readers = '00000000-0000-7000-8000-00000000000b'

const token = (epoch: number, roleEpochs: Record<string, number> = {}, more = {}) =>
  ({ sub: user, sid: session, epoch, roleEpochs, ...more }) as UserClaims

const codeOf = (revocations: ReturnType<typeof createRevocations>, claims: UserClaims) =>
  revocations.refusal(claims)?.code

describe('Revocations', () => {
  it('When the feed was never read, then no token is accepted', () => {
    const revocations = createRevocations()
    expect(revocations.refusal(token(0))).toMatchObject({ status: 503, code: 'revocations-unavailable' })
    revocations.apply([])
    expect(revocations.refusal(token(0))).toBeUndefined()
  })

  it('When the epoch of a user or of one of their roles increases, then older tokens are stale', () => {
    const revocations = createRevocations()
    revocations.apply([
      { kind: 'user', id: user, minEpoch: 3 },
      { kind: 'role', id: editors, minEpoch: 7 },
    ])
    expect(codeOf(revocations, token(2))).toBe('token-stale')
    expect(codeOf(revocations, token(3))).toBeUndefined()
    expect(codeOf(revocations, token(3, { [readers]: 0, [editors]: 6 }))).toBe('token-stale')
    expect(codeOf(revocations, token(3, { [readers]: 0, [editors]: 7 }))).toBeUndefined()
  })

  it('When a session has ended or a key was revoked, then its tokens are rejected in spite of newer epochs', () => {
    const revocations = createRevocations()
    revocations.apply([
      { kind: 'session', id: session, minEpoch: 1 },
      { kind: 'key', id: readers, minEpoch: 1 },
    ])
    expect(codeOf(revocations, token(9))).toBe('session-ended')
    expect(codeOf(revocations, token(9, {}, { sid: undefined, key: readers }))).toBe('key-revoked')
    expect(codeOf(revocations, token(9, {}, { sid: readers }))).toBeUndefined()
  })

  it('When entries arrive twice, late or in another order, then the highest epoch counts', () => {
    const epochs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(epochs, fc.integer({ min: 0, max: 10 }), (minEpochs, epoch) => {
        const revocations = createRevocations()
        for (const minEpoch of minEpochs) revocations.apply([{ kind: 'user', id: user, minEpoch }])
        expect(codeOf(revocations, token(epoch))).toBe(epoch < Math.max(...minEpochs) ? 'token-stale' : undefined)
      }),
    )
  })
})
