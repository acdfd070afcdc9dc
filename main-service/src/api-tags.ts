import type { ApiTag } from '@likeness/service-kit/http'

export const apiTags: ApiTag[] = [
  {
    name: 'Account',
    description: 'The profile, the avatar, the media and the data of a user.',
    audience: 'application',
    paths: [
      '/users/me',
      '/users/cards',
      '/users/:id/card',
      '/users/:id/avatar',
      '/users/:id/media',
      '/users/:id/export',
    ],
  },
  {
    name: 'API keys',
    description: 'Keys with which scripts and services send requests instead of logging in.',
    audience: 'application',
    paths: ['/api-keys'],
  },
  {
    name: 'Features',
    description: 'Feature flags, evaluated for the caller.',
    audience: 'application',
    paths: ['/features'],
  },
  {
    name: 'Users',
    description: 'Create, find, change, suspend, delete and restore users.',
    audience: 'operators',
    paths: ['/users'],
  },
  {
    name: 'Invitations',
    description: 'Invite users by mail.',
    audience: 'operators',
    paths: ['/users/invitations'],
  },
  {
    name: 'Roles',
    description: 'Sets of permissions, and the users who have them.',
    audience: 'operators',
    paths: ['/roles', '/users/:id/roles'],
  },
  {
    name: 'Permissions',
    description: 'The permissions that roles can have. A permission is `resource:action` or `resource:action:own`.',
    audience: 'operators',
    paths: ['/permissions'],
  },
  {
    name: 'Access',
    description: 'Explain why a user has a permission, and preview the effect of a change of a role.',
    audience: 'operators',
    paths: ['/access'],
  },
  {
    name: 'Audit trail',
    description: 'Who changed what, and when.',
    audience: 'operators',
    paths: ['/audit'],
  },
]
