import { audiences, longestLifetimes, serviceClaimsSchema, userClaimsSchema } from '@likeness/internal-api'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { expressjwt, UnauthorizedError, type Request as ExpressJwtRequest } from 'express-jwt'
import { LRUCache } from 'lru-cache'

import { accessOf } from '../process/access-state.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'
import { clientNetwork } from '../process/client-network.ts'
import { Problem, problems } from '../process/problem.ts'
import { storeCaller } from '../process/request-context.ts'
import { looksLikeApiKey } from './api-key.ts'
import { createKeyTokens, type KeyExchange, type KeyTokens } from './key-tokens.ts'
import type { RevocationFollower } from './revocations.ts'
import { areTimesValid, hasTokenForm } from './token-form.ts'
import type { VerificationKeys } from './verification-keys.ts'

export interface TokenVerifier {
  /** Sets `callerOf(request)`, or fails with 401. Does nothing without a token. Also accepts API keys. */
  readonly user: RequestHandler
  readonly service: RequestHandler
  /**
   * The caller of a request whose token or API key was verified before by this process. It takes almost no time, and does
   * not check whether the token was revoked since.
   */
  known(request: Request): Caller | ServiceCaller | undefined
}

/** Maximum number of cached tokens: about 2 KB each. */
const CACHE_SIZE = 5_000

/**
 * Verifies access tokens without a request to auth-service. An API key is exchanged for a token first.
 *
 * A verified token is cached until it expires, because an ES256 check takes 170 µs and a look-up almost nothing.
 * express-jwt has no hook for a cache, so the look-up comes before it.
 */
export function createTokenVerifier({ keys, issuer, revocations, exchangeKey }: VerifierOptions): TokenVerifier {
  const verifyUser = verify<Caller>({
    keys,
    issuer,
    audience: audiences.api,
    longestSeconds: longestLifetimes.api,
    read: (payload, token) => {
      const claims = userClaimsSchema.parse(payload)
      return { caller: { kind: 'user', id: claims.sub, claims, token }, expiresAt: claims.exp }
    },
    refusal: ({ claims }) => revocations.refusal(claims),
    starting: () => revocations.starting(),
  })
  const verifyService = verify<ServiceCaller>({
    keys,
    issuer,
    audience: audiences.internal,
    longestSeconds: longestLifetimes.internal,
    read: (payload) => {
      const claims = serviceClaimsSchema.parse(payload)
      return { caller: { kind: 'service', id: claims.sub }, expiresAt: claims.exp }
    },
    refusal: () => undefined,
    starting: () => undefined,
  })
  const keyTokens = createKeyTokens(exchangeKey)
  return {
    user: acceptKeys(keyTokens, verifyUser.check),
    service: verifyService.check,
    known(request) {
      const bearer = bearerToken(request)
      const token = bearer !== undefined && looksLikeApiKey(bearer) ? keyTokens.knownToken(bearer) : bearer
      return token === undefined ? undefined : (verifyUser.known(token) ?? verifyService.known(token))
    },
  }
}

interface VerifierOptions {
  keys: VerificationKeys
  issuer: string
  /** Checks that a token with a valid signature was not revoked. */
  revocations: Pick<RevocationFollower, 'refusal' | 'starting'>
  exchangeKey: KeyExchange
}

/** Exchanges an API key, and checks the resulting token like any other token. */
function acceptKeys(keyTokens: KeyTokens, verifyToken: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const bearer = bearerToken(request)
    if (bearer === undefined || !looksLikeApiKey(bearer)) return void verifyToken(request, response, next)
    const refusalOf = (token: string) => {
      accessOf(request).exchangedToken = token
      return new Promise<unknown>((resolve) => void verifyToken(request, response, resolve))
    }
    admitKey(keyTokens, bearer, clientNetwork(request.ip ?? ''), refusalOf).then(() => next(), next)
  }
}

/**
 * Maximum number of exchanges for one request. If the permissions change during an exchange, its token is already stale,
 * and another exchange is necessary.
 */
const MAX_EXCHANGES = 3

/**
 * A client with an API key cannot refresh its token. If the token of its key is stale, this function requests another
 * one, unless the key was revoked.
 *
 * @throws {Problem} the reason why the key was rejected
 */
async function admitKey(
  keyTokens: KeyTokens,
  key: string,
  network: string,
  refusalOf: (token: string) => Promise<unknown>,
) {
  let token = await keyTokens.tokenFor(key, { network })
  for (let exchange = 1; ; exchange++) {
    const refusal = await refusalOf(token)
    if (refusal === undefined) return
    const isRenewable = refusal instanceof Problem && refusal.status === 401 && refusal.code !== 'key-revoked'
    if (!isRenewable || exchange === MAX_EXCHANGES) throw refusal
    token = await keyTokens.tokenFor(key, { network, rejectedToken: token })
  }
}

interface Verifier<C> {
  check: RequestHandler
  known(token: string): C | undefined
}

interface Verification<C extends Caller | ServiceCaller> {
  keys: VerificationKeys
  issuer: string
  audience: string
  longestSeconds: number
  /** Throws if the claims do not match this kind of token. */
  read(payload: unknown, token: string): { caller: C; expiresAt: number }
  /** Called for each request, even if the token is cached. */
  refusal(caller: C): Problem | undefined
  /** Tokens wait for this promise just after the service started. */
  starting(): Promise<void> | undefined
}

function verify<C extends Caller | ServiceCaller>({
  keys,
  issuer,
  audience,
  longestSeconds,
  read,
  refusal,
  starting,
}: Verification<C>): Verifier<C> {
  const cache = new LRUCache<string, C>({ max: CACHE_SIZE })
  const admit = (request: Request, token: string, caller: C): Problem | undefined => {
    const refused = refusal(caller)
    if (refused) {
      cache.delete(token)
      return refused
    }
    storeCaller(request, caller)
    return undefined
  }
  const checkSignature = expressjwt({
    secret: (_request, token) => {
      if (!token) throw problems.tokenInvalid()
      return keys.find(token.header.kid)
    },
    algorithms: ['ES256'],
    issuer,
    audience,
    // The start of a token is checked below, with a tolerance. The expiry has no tolerance.
    ignoreNotBefore: true,
    getToken: bearerToken,
    credentialsRequired: false,
  })

  return {
    known: (token) => cache.get(token),
    check(request, response, next) {
      const token = bearerToken(request)
      if (token === undefined) {
        next(/^Bearer\b/i.test(request.get('authorization') ?? '') ? problems.tokenInvalid() : undefined)
        return
      }
      const started = starting()
      if (started) void started.then(() => check(request, response, next, token))
      else check(request, response, next, token)
    },
  }

  function check(request: Request, response: Response, next: NextFunction, token: string): void {
    const cached = cache.get(token)
    if (cached) {
      next(admit(request, token, cached))
      return
    }
    if (!hasTokenForm(token)) return next(problems.tokenInvalid())
    void checkSignature(request, response, (error?: unknown) => {
      if (error) return next(asProblem(error))
      const { auth: payload } = request as ExpressJwtRequest<unknown>
      if (!areTimesValid(payload, longestSeconds)) return next(problems.tokenInvalid())
      let caller: C
      try {
        const { caller: found, expiresAt } = read(payload, token)
        caller = found
        cache.set(token, caller, { ttl: Math.max(1, expiresAt * 1_000 - Date.now()) })
      } catch {
        return next(problems.tokenInvalid())
      }
      next(admit(request, token, caller))
    })
  }
}

function bearerToken(request: Request): string | undefined {
  return accessOf(request).exchangedToken ?? /^Bearer +([\w.~+/-]+=*)$/i.exec(request.get('authorization') ?? '')?.[1]
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof UnauthorizedError)) return error
  return error.inner.message === 'jwt expired' ? problems.tokenExpired() : problems.tokenInvalid()
}
