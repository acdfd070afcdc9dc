import type { Request, RequestHandler } from 'express'
import { expressjwt, UnauthorizedError } from 'express-jwt'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'

import { problems, type Problem } from './problem.ts'
import { noteCaller } from './request-context.ts'
import type { Revocations } from './revocations.ts'
import type { VerificationKeys } from './verification-keys.ts'

/** Whom a token is for: clients' tokens open the API, services' tokens open `/internal`. Neither opens the other. */
export const audiences = { api: 'likeness-api', internal: 'likeness-internal' } as const

/** What an access token says (RFC 9068, with our own claims). Times in seconds since 1970. */
export const userClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.api),
  sub: z.uuid(),
  sid: z.uuid().optional().describe('The session; a token of an API key has none.'),
  key: z.uuid().optional().describe('The API key, where the token was made for one.'),
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
export function createTokenVerifier({ keys, issuer, revocations }: VerifierOptions): TokenVerifier {
  return {
    user: verify<Caller>({
      keys,
      issuer,
      audience: audiences.api,
      read: (payload, token) => {
        const claims = userClaimsSchema.parse(payload)
        return { caller: { kind: 'user', id: claims.sub, claims, token }, expiresAt: claims.exp }
      },
      refusal: ({ claims }) => revocations.refusal(claims),
    }),
    service: verify<ServiceCaller>({
      keys,
      issuer,
      audience: audiences.internal,
      read: (payload) => {
        const claims = serviceClaimsSchema.parse(payload)
        return { caller: { kind: 'service', id: claims.sub }, expiresAt: claims.exp }
      },
      refusal: () => undefined,
    }),
  }
}

interface VerifierOptions {
  keys: VerificationKeys
  issuer: string
  /** What a good signature does not tell: whether the token still stands. */
  revocations: Pick<Revocations, 'refusal'>
}

interface Verification<C extends Caller | ServiceCaller> {
  keys: VerificationKeys
  issuer: string
  audience: string
  /** Throws when the claims are not those of such a token. */
  read(payload: unknown, token: string): { caller: C; expiresAt: number }
  /** Asked for each request, remembered or not. */
  refusal(caller: C): Problem | undefined
}

function verify<C extends Caller | ServiceCaller>({
  keys,
  issuer,
  audience,
  read,
  refusal,
}: Verification<C>): RequestHandler {
  const memo = new LRUCache<string, C>({ max: MEMO_SIZE })
  const admit = (request: Request, token: string, caller: C): Problem | undefined => {
    const refused = refusal(caller)
    if (refused) {
      memo.delete(token)
      return refused
    }
    callers.set(request, caller)
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
      next(admit(request, token, remembered))
      return
    }
    void checkSignature(request, response, (error?: unknown) => {
      if (error) return next(asProblem(error))
      const payload = (request as Request & { tokenPayload?: unknown }).tokenPayload
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
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(request.get('authorization') ?? '')?.[1]
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof UnauthorizedError)) return error
  return error.inner.message === 'jwt expired' ? problems.tokenExpired() : problems.tokenInvalid()
}
