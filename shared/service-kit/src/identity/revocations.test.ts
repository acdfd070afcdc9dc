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

describe('what is revoked', () => {
  it('When nothing was ever read, then no token is taken: nobody knows what stands', () => {
    const revocations = createRevocations()
    expect(revocations.refusal(token(0))).toMatchObject({ status: 503, code: 'revocations-unavailable' })
    revocations.take([])
    expect(revocations.refusal(token(0))).toBeUndefined()
  })

  it('When an epoch of the user or of a role of theirs is raised, then what was made below it is stale', () => {
    const revocations = createRevocations()
    revocations.take([
      { kind: 'user', id: user, minEpoch: 3 },
      { kind: 'role', id: editors, minEpoch: 7 },
    ])
    expect(codeOf(revocations, token(2))).toBe('token-stale')
    expect(codeOf(revocations, token(3))).toBeUndefined()
    expect(codeOf(revocations, token(3, { [readers]: 0, [editors]: 6 }))).toBe('token-stale')
    expect(codeOf(revocations, token(3, { [readers]: 0, [editors]: 7 }))).toBeUndefined()
  })

  it('When a session has ended or a key was revoked, then whatever the epochs, their tokens are none', () => {
    const revocations = createRevocations()
    revocations.take([
      { kind: 'session', id: session, minEpoch: 1 },
      { kind: 'key', id: readers, minEpoch: 1 },
    ])
    expect(codeOf(revocations, token(9))).toBe('session-ended')
    expect(codeOf(revocations, token(9, {}, { sid: undefined, key: readers }))).toBe('key-revoked')
    expect(codeOf(revocations, token(9, {}, { sid: readers }))).toBeUndefined()
  })

  it('When entries come twice, late or in any order, then the highest epoch holds', () => {
    const epochs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(epochs, fc.integer({ min: 0, max: 10 }), (minEpochs, epoch) => {
        const revocations = createRevocations()
        for (const minEpoch of minEpochs) revocations.take([{ kind: 'user', id: user, minEpoch }])
        expect(codeOf(revocations, token(epoch))).toBe(epoch < Math.max(...minEpochs) ? 'token-stale' : undefined)
      }),
    )
  })
})
