import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { Problem, type Logger } from '@likeness/service-kit/process'
import type { Request } from 'express'

import { createProxyReport, type ProxyReport } from './untrusted-proxy.ts'

const warn = jest.fn()
let report: ProxyReport
beforeEach(() => {
  jest.useFakeTimers()
  warn.mockClear()
  report = createProxyReport({ warn } as unknown as Logger)
})
afterEach(() => void jest.useRealTimers())

const request = (ip: string, remoteAddress: string, forwarded?: string) =>
  ({ ip, socket: { remoteAddress }, get: () => forwarded }) as unknown as Request
const rejected = (code: string) => () => Promise.reject(new Problem(429, code, 'No'))

it('When a limit rejects a request that a proxy forwarded, and the proxy is not trusted, then the log says so once a minute', async () => {
  const forwarded = request('172.18.0.1', '172.18.0.1', '203.0.113.7')
  for (let count = 0; count < 3; count++) {
    await expect(report(forwarded, rejected('too-many-attempts'))).rejects.toMatchObject({ code: 'too-many-attempts' })
  }
  expect(warn.mock.calls).toEqual([[expect.objectContaining({ event: 'proxy.not-trusted', address: '172.18.0.1' })]])

  jest.advanceTimersByTime(60_000)
  await expect(report(forwarded, rejected('too-many-attempts'))).rejects.toThrow()
  expect(warn).toHaveBeenCalledTimes(2)
})

it.each([
  ['the proxy is trusted', request('203.0.113.7', '172.18.0.1', '203.0.113.7'), 'too-many-attempts'],
  ['there is no proxy', request('203.0.113.7', '203.0.113.7'), 'too-many-attempts'],
  ['the problem is another one', request('172.18.0.1', '172.18.0.1', '203.0.113.7'), 'invalid-credentials'],
])('When %s, then nothing is logged', async (_what, sent, code) => {
  await expect(report(sent, rejected(code))).rejects.toMatchObject({ code })
  expect(await report(sent, async () => 'done')).toBe('done')
  expect(warn).not.toHaveBeenCalled()
})
