import type { ErrorSection } from '@likeness/service-kit/http'

import { oauthStatus, type OAuthErrorCode } from './oauth-error.ts'

/** The explanation of each error code of RFC 6749 §5.2 that `/oauth/token` returns, in the order of docs/errors.md. */
const oauthGuide: Record<OAuthErrorCode, { meaning: string; cause: string; action: string }> = {
  invalid_request: {
    meaning: 'A parameter is missing, repeated or wrong, or the API key in `subject_token` was rejected.',
    cause:
      'The body is not a form, `grant_type` or `subject_token` is missing, a token type is not supported, or the API key is invalid, expired or revoked.',
    action:
      'Read `error_description`. If the response also has a `code`, such as `key-expired`, this code says why the API key was rejected.',
  },
  unsupported_grant_type: {
    meaning: 'The value of `grant_type` is not supported.',
    cause: 'The endpoint supports client credentials (RFC 6749 §4.4) and token exchange (RFC 8693) only.',
    action:
      'Send `client_credentials` or `urn:ietf:params:oauth:grant-type:token-exchange`. To log a user in, use `POST /auth/login`.',
  },
  invalid_client: {
    meaning: 'The client is unknown, or its secret is wrong.',
    cause:
      'The client id and the client secret do not belong to a service or to an API key, or the API key is expired or revoked.',
    action:
      'Send the id of an API key as the client id and the key as the secret. If the response also has a `code`, this code says why the API key was rejected. Operators: a service and auth-service must have the same `MAIN_SERVICE_CLIENT_SECRET` or `MEDIAS_SERVICE_CLIENT_SECRET`.',
  },
  invalid_scope: {
    meaning: 'The scope is malformed, or the API key has none of its permissions.',
    cause:
      '`scope` is not a list of at most 100 permissions separated by spaces, or neither the API key nor its user has any of them.',
    action: 'Request permissions that the API key has, or omit `scope`.',
  },
}

/** The section of the errors of `/oauth/token`. */
export const oauthErrors = (): ErrorSection => ({
  title: 'OAuth token endpoint',
  introduction:
    '`POST /oauth/token` returns these errors in the format of RFC 6749, with the code in `error` and the sentence in `error_description`.',
  entries: Object.entries(oauthGuide).map(([code, texts]) => ({
    code,
    statuses: [oauthStatus(code as OAuthErrorCode)],
    ...texts,
  })),
})
