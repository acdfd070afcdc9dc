import { audiences, serviceClaimsSchema, userClaimsSchema } from '@likeness/internal-api'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { expressjwt, UnauthorizedError, type Request as ExpressJwtRequest } from 'express-jwt'
import { LRUCache } from 'lru-cache'

import { accessOf } from '../process/access-state.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'
import { Problem, problems } from '../process/problem.ts'
import { noteCaller } from '../process/request-context.ts'
import { looksLikeApiKey } from './api-key.ts'
import { createKeyTokens, type KeyExchange, type KeyTokens } from './key-tokens.ts'
import type { RevocationFollower } from './revocations.ts'
import type { VerificationKeys } from './verification-keys.ts'

export interface TokenVerifier {
  /** Fills `callerOf(request)`, or fails with 401; without a token, nothing happens. Takes API keys as well. */
  readonly user: RequestHandler
  readonly service: RequestHandler
}

/** Tokens verified and remembered, at most: about 2 KB each. */
const MEMO_SIZE = 5_000

/**
 * Verifies access tokens alone, without asking auth-service; an API key is exchanged for one first.
 *
 * A token that was verified once is remembered until it expires: an ES256 check costs 170 µs, a look-up nothing, and
 * express-jwt has no hook for remembering, so the memo stands before it.
 */
export function createTokenVerifier({ keys, issuer, revocations, exchangeKey }: VerifierOptions): TokenVerifier {
  const verifyUser = verify<Caller>({
    keys,
    issuer,
    audience: audiences.api,
    read: (payload, token) => {
      const claims = userClaimsSchema.parse(payload)
      return { caller: { kind: 'user', id: claims.sub, claims, token }, expiresAt: claims.exp }
    },
    refusal: ({ claims }) => revocations.refusal(claims),
    starting: () => revocations.starting(),
  })
  return {
    user: takeKeys(createKeyTokens(exchangeKey), verifyUser),
    service: verify<ServiceCaller>({
      keys,
      issuer,
      audience: audiences.internal,
      read: (payload) => {
        const claims = serviceClaimsSchema.parse(payload)
        return { caller: { kind: 'service', id: claims.sub }, expiresAt: claims.exp }
      },
      refusal: () => undefined,
      starting: () => undefined,
    }),
  }
}

interface VerifierOptions {
  keys: VerificationKeys
  issuer: string
  /** What a good signature does not tell: whether the token still stands. */
  revocations: Pick<RevocationFollower, 'refusal' | 'starting'>
  exchangeKey: KeyExchange
}

/** Exchanges an API key, and holds what comes of it to all that any token is held to. */
function takeKeys(keyTokens: KeyTokens, verifyToken: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const bearer = bearerToken(request)
    if (bearer === undefined || !looksLikeApiKey(bearer)) return void verifyToken(request, response, next)
    const refusalOf = (token: string) => {
      accessOf(request).exchangedToken = token
      return new Promise<unknown>((resolve) => void verifyToken(request, response, resolve))
    }
    admitKey(keyTokens, bearer, refusalOf).then(() => next(), next)
  }
}

/** The rights may change while a key is being exchanged: what was on its way already is stale too, the next is not. */
const EXCHANGES = 3

/**
 * Whoever has a key cannot refresh: where its token is stale, another is got in its place, unless the key was revoked.
 *
 * @throws {Problem} why the key does not open anything.
 */
async function admitKey(keyTokens: KeyTokens, key: string, refusalOf: (token: string) => Promise<unknown>) {
  let token = await keyTokens.tokenFor(key)
  for (let exchange = 1; ; exchange++) {
    const refusal = await refusalOf(token)
    if (refusal === undefined) return
    const isRenewable = refusal instanceof Problem && refusal.status === 401 && refusal.code !== 'key-revoked'
    if (!isRenewable || exchange === EXCHANGES) throw refusal
    token = await keyTokens.tokenFor(key, token)
  }
}

interface Verification<C extends Caller | ServiceCaller> {
  keys: VerificationKeys
  issuer: string
  audience: string
  /** Throws when the claims are not those of such a token. */
  read(payload: unknown, token: string): { caller: C; expiresAt: number }
  /** Asked for each request, remembered or not. */
  refusal(caller: C): Problem | undefined
  /** What the first tokens wait for after the start of the service. */
  starting(): Promise<void> | undefined
}

function verify<C extends Caller | ServiceCaller>({
  keys,
  issuer,
  audience,
  read,
  refusal,
  starting,
}: Verification<C>): RequestHandler {
  const memo = new LRUCache<string, C>({ max: MEMO_SIZE })
  const admit = (request: Request, token: string, caller: C): Problem | undefined => {
    const refused = refusal(caller)
    if (refused) {
      memo.delete(token)
      return refused
    }
    noteCaller(request, caller)
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
    getToken: bearerToken,
    credentialsRequired: false,
  })

  return (request, response, next) => {
    const token = bearerToken(request)
    if (token === undefined) {
      next(/^Bearer\b/i.test(request.get('authorization') ?? '') ? problems.tokenInvalid() : undefined)
      return
    }
    const started = starting()
    if (started) void started.then(() => check(request, response, next, token))
    else check(request, response, next, token)
  }

  function check(request: Request, response: Response, next: NextFunction, token: string): void {
    const remembered = memo.get(token)
    if (remembered) {
      next(admit(request, token, remembered))
      return
    }
    void checkSignature(request, response, (error?: unknown) => {
      if (error) return next(asProblem(error))
      const { auth: payload } = request as ExpressJwtRequest<unknown>
      let caller: C
      try {
        const { caller: found, expiresAt } = read(payload, token)
        caller = found
        memo.set(token, caller, { ttl: Math.max(1, expiresAt * 1_000 - Date.now()) })
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
