import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'

/** The claims of a user's token. Missing claims get defaults. */
interface UserTokenClaims {
  sub?: string
  /** Undefined for the token of an API key, which has `key` instead. */
  sid?: string | undefined
  key?: string
  roles?: string[]
  permissions?: string[]
  email?: string
  epoch?: number
  roleEpochs?: Record<string, number>
  /** Seconds until the token expires; negative if it has expired. */
  expiresIn?: number
}

/** Signs tokens in the format of auth-service, with its own key. */
export interface TestTokens {
  /** For the overrides of a context. It knows only the key of this signer. */
  keys: { find(kid: string | undefined): Promise<KeyObject> }
  /** For the overrides of a context of a service that runs without auth-service: no token is revoked. */
  revocations: {
    refusal(): undefined
    check(): Promise<void>
    starting(): undefined
    stop(): Promise<void>
  }
  userToken(claims?: UserTokenClaims): string
  serviceToken(serviceId?: string): string
  /**
   * Signs a token again after a change of its header or claims that auth-service would not make. A parameter
   * with the value undefined is removed.
   */
  changed(token: string, changes: { header?: object; claims?: object }): string
}

/** Creates a key pair, and signs tokens that a service under test accepts like tokens of auth-service. */
export function createTokens({ issuer = 'http://localhost:3002' }: { issuer?: string } = {}): TestTokens {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  function token(audience: string, { expiresIn = 900, ...claims }: Record<string, unknown> & { expiresIn?: number }) {
    const now = Math.floor(Date.now() / 1_000)
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'test' }
    return signed(header, { iss: issuer, aud: audience, iat: now, exp: now + expiresIn, jti: randomUUID(), ...claims })
  }

  function signed(header: object, payload: object): string {
    const content = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    // JWS (RFC 7518 §3.4) requires r and s concatenated, not DER.
    const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${content}.${signature.toString('base64url')}`
  }

  return {
    keys: { find: async () => publicKey },
    revocations: {
      refusal: () => undefined,

      async check() {},
      starting: () => undefined,
      async stop() {},
    },
    userToken: (claims = {}) =>
      token('likeness-api', {
        sub: randomUUID(),
        sid: randomUUID(),
        roles: [],
        permissions: [],
        email: 'somebody@example.com',
        epoch: 0,
        roleEpochs: {},
        ...claims,
      }),
    serviceToken: (serviceId = 'auth-service') => token('likeness-internal', { sub: serviceId, expiresIn: 300 }),
    changed: (given, { header, claims }) => {
      const [oldHeader, oldClaims] = given.split('.').map((part) => Buffer.from(part, 'base64url').toString())
      return signed(
        { ...(JSON.parse(oldHeader ?? '') as object), ...header },
        { ...(JSON.parse(oldClaims ?? '') as object), ...claims },
      )
    },
  }
}
