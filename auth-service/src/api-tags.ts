import type { ApiTag } from '@likeness/service-kit/http'

export const apiTags: ApiTag[] = [
  {
    name: 'Sign-in',
    description: 'Register, log in, and keep a session open. A session has an access token and a refresh token.',
    audience: 'application',
    paths: ['/auth'],
  },
  {
    name: 'Sessions',
    description: 'The devices on which a user is logged in.',
    audience: 'application',
    paths: ['/auth/sessions', '/auth/logout', '/auth/logout-all'],
  },
  {
    name: 'OAuth',
    description: 'Access tokens for scripts and services with an API key, and the public keys that verify tokens.',
    audience: 'operators',
    paths: ['/oauth', '/.well-known'],
  },
]
