import { pino, type Logger, type LoggerOptions } from 'pino'

import { currentRequest } from './request-context.ts'

export type { Logger }

const secrets = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'client_secret',
  'subject_token',
  'authorization',
  'cookie',
]

/** API keys are redacted by their pattern wherever they appear: in a mistyped path, a message or a stack trace. */
const apiKeys = /key_[\w-]{43}/g

/**
 * Logs JSON lines to standard output, each with the id of its request. The logger redacts secrets, so that its callers do
 * not have to.
 */
export function createLogger({ service, level }: { service: string; level: string }): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    hooks: { streamWrite: (line) => line.replace(apiKeys, 'key_[redacted]') },
    serializers: { error: errorToLog },
    mixin: () => {
      const request = currentRequest()
      return request ? { requestId: request.requestId, traceId: request.traceId } : {}
    },
  }
  // Synchronous, because a pending write would keep the process alive for ever once its output is no longer read.
  return pino(options, pino.destination({ fd: 1, sync: true }))
}

function errorToLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, message, code, stack, ...(cause ? { cause: errorToLog(cause) } : {}) }
}
