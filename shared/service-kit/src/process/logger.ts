import { pino, type Logger, type LoggerOptions } from 'pino'

import { isReportedOutage } from './reported-outages.ts'
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
    hooks: { logMethod: logOutagesOnce, streamWrite: (line) => line.replace(apiKeys, 'key_[redacted]') },
    serializers: { error: errorToLog },
    mixin: () => {
      const request = currentRequest()
      return request ? { requestId: request.requestId, traceId: request.traceId } : {}
    },
  }
  // Synchronous, because a pending write would keep the process alive for ever once its output is no longer read.
  return pino(options, pino.destination({ fd: 1, sync: true }))
}

const DEBUG = 20

/**
 * Logs at `debug` what a watch of a dependency has already logged. Otherwise, each background task would log the same
 * error every few seconds while a database is unavailable.
 */
const logOutagesOnce: NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> = function (
  this: Logger,
  inputs,
  method,
  level,
) {
  const [fields] = inputs as unknown[]
  const isKnown = typeof fields === 'object' && fields !== null && 'error' in fields && isReportedOutage(fields.error)
  if (level > DEBUG && isKnown) this.debug(...inputs)
  else method.apply(this, inputs)
}

function errorToLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, message, code, stack, ...(cause ? { cause: errorToLog(cause) } : {}) }
}
