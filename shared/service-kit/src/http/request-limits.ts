import type { Request, RequestHandler, Response } from 'express'
import { rateLimit, type AugmentedRequest, type RateLimitInfo } from 'express-rate-limit'

import type { TokenVerifier } from '../identity/access-token.ts'
import { accessOf } from '../process/access-state.ts'
import type { Caller } from '../process/caller.ts'
import { clientNetwork } from '../process/client-network.ts'
import type { Logger } from '../process/logger.ts'
import { createCounter, type Metrics } from '../process/metrics.ts'
import { problems } from '../process/problem.ts'
import { createWindowCounts, secondsUntil } from '../process/window-counts.ts'

/** Maximum numbers of requests to one process in a minute; 0 means no limit. */
export interface RequestLimits {
  /** Of one user, or of one API key. */
  perCaller: number
  /** From one network address, without a token that the process has verified before. */
  perAddress: number
  /** Milliseconds after which a request over a limit is rejected; default 1 s. */
  rejectionDelayMs?: number
}

interface Dependencies {
  tokens: Pick<TokenVerifier, 'known'>
  logger: Logger
  metrics: Metrics
}

interface RequestLimiter {
  /**
   * Counts a request before anything else is done for it: for its caller if the token was verified before, otherwise for
   * its address. So the check of forged tokens is limited too. A service with a known token is not counted.
   */
  beforeVerification: RequestHandler
  /** Counts a request for its caller if the token was verified for the first time. */
  afterVerification: RequestHandler
}

const WINDOW_MS = 60_000
/** Without a delay, a client that repeats rejected requests without pauses would take more CPU than before its limit. */
const REJECTION_DELAY_MS = 1_000
/** Callers and addresses that are counted at the same time, each: at most 10 MB of memory together. */
const MAX_KEYS = 20_000

/**
 * The general limits of requests. Each process counts alone, in memory.
 *
 * The headers `RateLimit` and `RateLimit-Policy` follow draft-ietf-httpapi-ratelimit-headers-08.
 */
export function createRequestLimiter(limits: RequestLimits, use: Dependencies): RequestLimiter {
  const { perCaller, perAddress, rejectionDelayMs: delayMs = REJECTION_DELAY_MS } = limits
  const { tokens, metrics } = use
  const countRejected = createCounter(metrics, {
    name: 'likeness_http_requests_rejected_total',
    help: 'Requests that were rejected with 429, by the limit that was exceeded: caller or address.',
    labels: ['limit'],
  })
  const limitCaller = createLimit({ name: 'caller', maximum: perCaller, keyOf: callerKey, countRejected, delayMs }, use)
  const limitAddress = createLimit(
    { name: 'address', maximum: perAddress, keyOf: addressOf, countRejected, delayMs },
    use,
  )

  return {
    beforeVerification(request, response, next) {
      const known = tokens.known(request)
      if (known?.kind === 'service') return next()
      if (!known) return void limitAddress(request, response, next)
      accessOf(request).countedCaller = known
      limitCaller(request, response, next)
    },
    afterVerification(request, response, next) {
      const access = accessOf(request)
      if (access.countedCaller || access.caller?.kind !== 'user') return next()
      access.countedCaller = access.caller
      limitCaller(request, response, next)
    },
  }
}

interface Limit {
  name: 'caller' | 'address'
  maximum: number
  keyOf(request: Request): string
  countRejected(labels: { limit: string }): void
  delayMs: number
}

function createLimit(
  { name, maximum, keyOf, countRejected, delayMs }: Limit,
  { logger }: Dependencies,
): RequestHandler {
  if (maximum === 0) return (_request, _response, next) => next()
  const limit = rateLimit({
    windowMs: WINDOW_MS,
    limit: maximum,
    // The library's own headers contain a hash of the key. Computing it would take half of the time of the whole limit.
    standardHeaders: false,
    legacyHeaders: false,
    keyGenerator: keyOf,
    store: { ...createWindowCounts({ windowMs: WINDOW_MS, maxKeys: MAX_KEYS }), localKeys: true },
    handler(request, _response, next) {
      const { used, resetTime } = resultOf(request)
      countRejected({ limit: name })
      // Once in each window. The log contains the path and the status of all requests.
      if (used === maximum + 1) logger.warn({ event: 'requests.limited', limit: name, maximum, key: keyOf(request) })
      setTimeout(() => next(problems.tooManyRequests(secondsUntil(resetTime))), delayMs)
    },
    // They check the configuration for usual mistakes, and write to the console.
    validate: false,
  })
  const policy = `"${name}";q=${maximum};w=${WINDOW_MS / 1_000}`
  return (request, response, next) =>
    void limit(request, response, (problem) => {
      const { remaining, resetTime } = resultOf(request)
      addToList(response, 'RateLimit-Policy', policy)
      addToList(response, 'RateLimit', `"${name}";r=${remaining};t=${secondsUntil(resetTime)}`)
      next(problem)
    })
}

/** What the limit stored in the request. */
function resultOf(request: Request): RateLimitInfo & { resetTime: Date } {
  return (request as AugmentedRequest)['rateLimit'] as RateLimitInfo & { resetTime: Date }
}

/** A request with a new token counts for two limits, so its headers are lists with two members (RFC 9651). */
function addToList(response: Response, name: string, member: string): void {
  const before = response.getHeader(name)
  response.setHeader(name, before === undefined ? member : `${String(before)}, ${member}`)
}

function callerKey(request: Request): string {
  const { claims, id } = accessOf(request).countedCaller as Caller
  return claims.key ?? id
}

const addressOf = ({ ip = '' }: Request) => clientNetwork(ip).slice(0, 100)
