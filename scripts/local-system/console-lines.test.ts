import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'

import { writeToTerminal } from './console-lines.ts'

const time = '2026-11-30T11:16:23.000Z'
const request = { requestId: '58d7dc39-9676-4312-add9-0a99faad3e37', traceId: '0af7651916cd43dd8448eb211c80319c' }

describe('A line of make dev', () => {
  let printed: string[]

  beforeEach(() => {
    printed = []
    jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  })
  afterEach(() => {
    jest.restoreAllMocks()
  })

  /** @returns the line as it is printed for this log entry, without its time */
  function print(entry: object | string): string | undefined {
    const line = typeof entry === 'string' ? entry : JSON.stringify({ level: 'info', time, service: 'x', ...entry })
    writeToTerminal(['auth-service']).relay('auth-service', line)
    return printed.at(-1)?.replace(/^\d\d:\d\d:\d\d auth-service /, '')
  }

  it('about a request starts with its method, path and status, and has no ids', () => {
    const done = { method: 'GET', path: '/api/v1/media', status: 200, ms: 12.34, callerId: request.requestId }

    expect(print({ ...request, event: 'request.done', ...done })).toBe('GET /api/v1/media 200 12.34 ms')
    expect(print({ ...request, event: 'request.aborted', ...done })).toBe(
      'GET /api/v1/media 200 aborted by the client after 12.34 ms',
    )
  })

  it('with a message has only the message', () => {
    const entry = { event: 'dependency.waiting', dependency: 'main-service', message: 'waiting for main-service' }

    expect(print(entry)).toBe('waiting for main-service')
  })

  it('about an error ends with the id of the request, which the response has too', () => {
    expect(print({ ...request, level: 'error', event: 'request.failed', code: 'internal-error' })).toBe(
      `ERROR request.failed code=internal-error requestId=${request.requestId}`,
    )
  })

  it('about another event has the event and its fields', () => {
    expect(print({ event: 'job.done', outcome: 'done', ms: 483 })).toBe('job.done outcome=done ms=483')
  })

  it('that is not a log entry is unchanged', () => {
    expect(print('  - PORT must be a number.')).toBe('  - PORT must be a number.')
  })
})
