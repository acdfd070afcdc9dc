import { describe, expect, it } from '@jest/globals'

import {
  InvalidJobError,
  jitteredMs,
  MAX_JOB_BYTES,
  parseJob,
  retryTierAfter,
  retryTiers,
  UnknownContractError,
} from './contract.ts'

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

  const deep = (open: string, close: string, levels: number) => open.repeat(levels) + 1 + close.repeat(levels)
  const withField = (name: string, json: string) => Buffer.from(JSON.stringify(job).replace('{', `{"${name}":${json},`))

  it('rejects a longer message without parsing it', () => {
    expect(() => parseJob(Buffer.concat([Buffer.from(JSON.stringify(job)), Buffer.alloc(MAX_JOB_BYTES, ' ')]))).toThrow(
      InvalidJobError,
    )
    expect(() => parseJob(Buffer.from(deep('{"a":', '}', 50_000)))).toThrow('The message is longer than a job')
  })

  it('reads a job with as many levels as the limit allows', () => {
    const content = withField('x', deep('[', ']', 1_900))
    expect(content.length).toBeLessThanOrEqual(MAX_JOB_BYTES)
    expect(parseJob(content)).toEqual(job)
    // A dead job is stored and presented as JSON.
    expect(JSON.parse(JSON.stringify(JSON.parse(content.toString())))).toMatchObject(job)
  })

  it('rejects a contract version that is neither a number nor a text, and cuts a long one in the message', () => {
    expect(() => parse({ ...job, contract: [[7]] })).toThrow(InvalidJobError)
    expect(() => parseJob(withField('__proto__', '{"contract":7}'))).not.toThrow()
    const long = catchError(() => parse({ contract: `\u009b${'7'.repeat(4_000)}` }))
    expect(long).toBeInstanceOf(UnknownContractError)
    expect(long.message).toBe(
      `The job has the contract version \ufffd${'7'.repeat(39)}. This build supports version 1.`,
    )
  })
})

function catchError(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('No error was thrown')
}

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
