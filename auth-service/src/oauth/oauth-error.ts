import { reply, type Reply } from '@likeness/service-kit/http'
import { z } from 'zod'

import { noStore } from '../tokens/token-answer.ts'

export const oauthErrorSchema = z
  .object({
    error: z.string().describe('Stable code of the error (RFC 6749 §5.2).'),
    error_description: z.string().describe('A sentence for people about this error. The sentence can change.'),
    code: z.string().optional().describe('The code of the problem, such as `key-expired`, if an API key was rejected.'),
  })
  .meta({ id: 'OAuthError', description: 'The OAuth error (RFC 6749 §5.2).' })

/** The error codes of RFC 6749 §5.2 that `/oauth/token` returns. `oauth-guide.ts` explains each. */
export type OAuthErrorCode = 'invalid_client' | 'invalid_request' | 'invalid_scope' | 'unsupported_grant_type'

export const oauthStatus = (error: OAuthErrorCode) => (error === 'invalid_client' ? 401 : 400)

/** An error of `/oauth/token` (RFC 6749 §5.2). `code` is the problem code, if an API key was rejected. */
export class OAuthError extends Error {
  readonly status: 400 | 401
  readonly error: OAuthErrorCode
  readonly code: string | undefined

  constructor(error: OAuthErrorCode, description: string, code?: string) {
    super(description)
    this.name = 'OAuthError'
    this.status = oauthStatus(error)
    this.error = error
    this.code = code
  }

  toReply(): Reply<400 | 401, z.output<typeof oauthErrorSchema>> {
    const body = { error: this.error, error_description: this.message, ...(this.code ? { code: this.code } : {}) }
    return reply(this.status, body, {
      ...noStore,
      ...(this.status === 401 ? { 'WWW-Authenticate': 'Basic realm="likeness"' } : {}),
    })
  }
}
