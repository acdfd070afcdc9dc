import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { Logger } from '@likeness/service-kit/process'
import type { Request } from 'express'

const pause = jest.fn(async (_milliseconds: number) => undefined)
jest.unstable_mockModule('node:timers/promises', () => ({ setTimeout: pause }))
const { createLimitedRequests } = await import('./limited-requests.ts')
const { Problem } = await import('@likeness/service-kit/process')

const warn = jest.fn()
const now = jest.spyOn(performance, 'now')
let limited: ReturnType<typeof createLimitedRequests>
beforeEach(() => {
  jest.clearAllMocks()
  now.mockReturnValue(1_000_000)
  limited = createLimitedRequests({ warn } as unknown as Logger)
})

const request = (ip: string, remoteAddress: string, forwarded?: string) =>
  ({ ip, socket: { remoteAddress }, get: () => forwarded }) as unknown as Request
const direct = request('203.0.113.7', '203.0.113.7')
const rejected = (code: string) => () => Promise.reject(new Problem(429, code, 'No'))

describe('When main-service rejects a request with too-many-attempts', () => {
  it('then the response is delayed', async () => {
    await expect(limited(direct, rejected('too-many-attempts'))).rejects.toMatchObject({ code: 'too-many-attempts' })
    expect(pause.mock.calls).toEqual([[1_000]])
  })

  it('then the log says once a minute that the proxy is not trusted', async () => {
    const forwarded = request('172.18.0.1', '172.18.0.1', '203.0.113.7')
    for (let count = 0; count < 3; count++) {
      await expect(limited(forwarded, rejected('too-many-attempts'))).rejects.toThrow()
    }
    expect(warn.mock.calls).toEqual([[expect.objectContaining({ event: 'proxy.not-trusted', address: '172.18.0.1' })]])

    now.mockReturnValue(1_060_000)
    await expect(limited(forwarded, rejected('too-many-attempts'))).rejects.toThrow()
    expect(warn).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['the proxy is trusted', request('203.0.113.7', '172.18.0.1', '203.0.113.7')],
    ['there is no proxy', direct],
  ])('then nothing is logged if %s', async (_what, sent) => {
    await expect(limited(sent, rejected('too-many-attempts'))).rejects.toThrow()
    expect(warn).not.toHaveBeenCalled()
  })
})

it('When a request succeeds or fails for another reason, then it is neither delayed nor logged', async () => {
  const forwarded = request('172.18.0.1', '172.18.0.1', '203.0.113.7')
  await expect(limited(forwarded, rejected('invalid-credentials'))).rejects.toMatchObject({
    code: 'invalid-credentials',
  })
  expect(await limited(forwarded, async () => 'done')).toBe('done')
  expect([pause.mock.calls, warn.mock.calls]).toEqual([[], []])
})
