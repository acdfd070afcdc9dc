import { expect, it } from '@jest/globals'

import { OAuthError } from './oauth-error.ts'

it('asks an unknown client to authenticate (RFC 6749 §5.2)', () => {
  expect(new OAuthError('invalid_client', 'The client is unknown.').toReply()).toEqual({
    status: 401,
    body: { error: 'invalid_client', error_description: 'The client is unknown.' },
    headers: { 'Cache-Control': 'no-store', 'WWW-Authenticate': 'Basic realm="likeness"' },
  })
})

it('returns 400 for every other error, with its problem code if it has one', () => {
  expect(new OAuthError('invalid_request', 'The key was revoked.', 'key-revoked').toReply()).toEqual({
    status: 400,
    body: { error: 'invalid_request', error_description: 'The key was revoked.', code: 'key-revoked' },
    headers: { 'Cache-Control': 'no-store' },
  })
})
