import cors from 'cors'
import type { RequestHandler } from 'express'

export interface AllowedOrigins {
  corsOrigins?: string[]
  /** Whether the pages of every port of this machine are allowed, in addition to `corsOrigins`. */
  allowLocalOrigins?: boolean
}

/** The headers of responses that the scripts of other origins can read. */
const exposedHeaders = [
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
]

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Allows scripts of these origins to read responses (CORS). Without an origin, it does nothing. */
export function allowOrigins({ corsOrigins = [], allowLocalOrigins = false }: AllowedOrigins): RequestHandler {
  const origins = [...corsOrigins, ...(allowLocalOrigins ? [localOrigin] : [])]
  if (origins.length === 0) return (_request, _response, next) => next()
  return cors({
    origin: origins.includes('*') ? '*' : origins,
    credentials: !origins.includes('*'),
    exposedHeaders,
    maxAge: 600,
  })
}
