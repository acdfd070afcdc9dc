import { describe, expect, it } from '@jest/globals'

import { InvalidJobError, jitteredMs, parseJob, retryTierAfter, retryTiers, UnknownContractError } from './contract.ts'

const job = {
  contract: 1,
  kind: 'render',
  mediaId: '01909f3a-0000-7000-8000-000000000001',
  versionId: '01909f3a-0000-7000-8000-000000000002',
}
const parse = (payload: unknown) => parseJob(Buffer.from(JSON.stringify(payload)))

describe('the parser of jobs', () => {
  it('returns the job that was sent', () => {
    expect(parse(job)).toEqual(job)
  })

  it('distinguishes a job of another contract version from an invalid job', () => {
    expect(() => parse({ ...job, contract: 7 })).toThrow(UnknownContractError)
    expect(() => parse({ ...job, contract: 'one' })).toThrow(UnknownContractError)
    for (const payload of [null, 1, 'render', [], {}, { ...job, kind: 'wash' }, { ...job, mediaId: '1' }]) {
      expect(() => parse(payload)).toThrow(InvalidJobError)
    }
    expect(() => parseJob(Buffer.from('{'))).toThrow(InvalidJobError)
    expect(() => parseJob(Buffer.alloc(0))).toThrow(InvalidJobError)
  })
})

describe('the delay before a retry', () => {
  it('grows with the tries, up to the longest tier', () => {
    expect([1, 2, 3, 4, 5, 100].map((tries) => retryTierAfter(tries).name)).toEqual([
      '5s',
      '30s',
      '2m',
      '10m',
      '10m',
      '10m',
    ])
  })

  it('is within a fifth of its tier', () => {
    for (const tier of retryTiers) {
      expect(jitteredMs(tier, 0)).toBe(tier.ms * 0.8)
      expect(jitteredMs(tier, 0.999_999)).toBeLessThanOrEqual(tier.ms * 1.2)
    }
  })
})
