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

/** An API key is known by its looks, wherever it stands: in a path that somebody mistook, in a message, in a stack. */
const apiKeys = /key_[\w-]{43}/g

/** JSON lines on standard output, each with the request it belongs to; secrets are redacted here, not by care. */
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
  // Written at once: what waits to be written keeps a process alive for ever once nobody reads its output any more.
  return pino(options, pino.destination({ fd: 1, sync: true }))
}

function errorToLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, message, code, stack, ...(cause ? { cause: errorToLog(cause) } : {}) }
}
