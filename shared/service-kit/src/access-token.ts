import type { Request, RequestHandler } from 'express'
import { expressjwt, UnauthorizedError } from 'express-jwt'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'

import { problems } from './problem.ts'
import type { VerificationKeys } from './verification-keys.ts'

/** Whom a token is for: clients' tokens open the API, services' tokens open `/internal`. Neither opens the other. */
export const audiences = { api: 'likeness-api', internal: 'likeness-internal' } as const

/** What an access token says (RFC 9068, with our own claims). Times in seconds since 1970. */
export const userClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.api),
  sub: z.uuid(),
  sid: z.uuid(),
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  email: z.string(),
  epoch: z.int(),
  roleEpochs: z.record(z.string(), z.int()),
})

const serviceClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.internal),
  sub: z.string(),
  exp: z.int(),
})

export type UserClaims = z.output<typeof userClaimsSchema>

/** Who is asking: a person with their claims, and the token to speak for them to another service. */
export interface Caller {
  kind: 'user'
  id: string
  claims: UserClaims
  token: string
}

/** Another of our services. */
export interface ServiceCaller {
  kind: 'service'
  id: string
}

export interface TokenVerifier {
  /** Fills `callerOf(request)`, or fails with 401; without a token, nothing happens. */
  readonly user: RequestHandler
  readonly service: RequestHandler
}

const callers = new WeakMap<Request, Caller | ServiceCaller>()

/** Who sent this request, once `TokenVerifier` has looked at it. */
export const callerOf = (request: Request): Caller | ServiceCaller | undefined => callers.get(request)

/** Tokens verified and remembered, at most: about 2 KB each. */
const MEMO_SIZE = 5_000

/**
 * Verifies access tokens alone, without asking auth-service.
 *
 * A token that was verified once is remembered until it expires: an ES256 check costs 170 µs, a look-up nothing, and
 * express-jwt has no hook for remembering, so the memo stands before it.
 */
export function createTokenVerifier({ keys, issuer }: { keys: VerificationKeys; issuer: string }): TokenVerifier {
  return {
    user: verify(keys, issuer, audiences.api, (payload, token) => {
      const claims = userClaimsSchema.parse(payload)
      return { caller: { kind: 'user', id: claims.sub, claims, token }, expiresAt: claims.exp }
    }),
    service: verify(keys, issuer, audiences.internal, (payload) => {
      const claims = serviceClaimsSchema.parse(payload)
      return { caller: { kind: 'service', id: claims.sub }, expiresAt: claims.exp }
    }),
  }
}

function verify(
  keys: VerificationKeys,
  issuer: string,
  audience: string,
  read: (payload: unknown, token: string) => { caller: Caller | ServiceCaller; expiresAt: number },
): RequestHandler {
  const memo = new LRUCache<string, Caller | ServiceCaller>({ max: MEMO_SIZE })
  const checkSignature = expressjwt({
    secret: (_request, token) => {
      if (!token) throw problems.tokenInvalid()
      return keys.find(token.header.kid)
    },
    algorithms: ['ES256'],
    issuer,
    audience,
    credentialsRequired: false,
    requestProperty: 'tokenPayload',
  })

  return (request, response, next) => {
    const token = bearerToken(request)
    if (token === undefined) {
      next(/^Bearer\b/i.test(request.get('authorization') ?? '') ? problems.tokenInvalid() : undefined)
      return
    }
    const remembered = memo.get(token)
    if (remembered) {
      callers.set(request, remembered)
      next()
      return
    }
    void checkSignature(request, response, (error?: unknown) => {
      if (error) return next(asProblem(error))
      const payload = (request as Request & { tokenPayload?: unknown }).tokenPayload
      let caller: Caller | ServiceCaller
      try {
        const { caller: found, expiresAt } = read(payload, token)
        caller = found
        memo.set(token, caller, { ttl: Math.max(1, expiresAt * 1_000 - Date.now()) })
      } catch {
        return next(problems.tokenInvalid())
      }
      callers.set(request, caller)
      next()
    })
  }
}

function bearerToken(request: Request): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(request.get('authorization') ?? '')?.[1]
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof UnauthorizedError)) return error
  return error.inner.message === 'jwt expired' ? problems.tokenExpired() : problems.tokenInvalid()
}
