'use strict'

/** The permissions and roles that are part of the product; docs/PERMISSIONS.md is drawn from them too. */

/** What each permission allows, in the words that whoever decides about a role reads. */
const permissions = {
  '*': 'Everything',
  'users:read': 'See every user',
  'users:read:own': 'See oneself',
  'users:create': 'Make and invite users',
  'users:update': 'Change, suspend and reactivate users',
  'users:update:own': 'Change or delete oneself',
  'users:delete': 'Delete and restore users',
  'roles:read': 'See roles, and who has them',
  'roles:write': 'Make, change and delete roles',
  'roles:assign': 'Give roles to users and take them away',
  'permissions:read': 'See permissions',
  'permissions:write': 'Make, change and delete permissions',
  'audit:read': 'Read the audit trail',
  'media:*': 'Everything about every media',
  'media:create': 'Upload media',
  'media:read': 'See every media',
  'media:read:own': "See one's own media",
  'media:update': 'Change every media',
  'media:update:own': "Change one's own media",
  'media:delete': 'Trash and delete every media',
  'media:delete:own': "Trash and delete one's own media",
  'tags:*': 'Everything about tags',
  'tags:read': 'See tags',
  'tags:create': 'Make tags',
  'tags:update': 'Rename and merge tags',
  'tags:delete': 'Delete tags',
  'jobs:read': 'See the jobs and the dead jobs',
  'jobs:write': 'Pause, resume, requeue and regenerate',
}

const user = [
  'media:create',
  'media:read:own',
  'media:update:own',
  'media:delete:own',
  'tags:read',
  'tags:create',
  'users:read:own',
  'users:update:own',
]

const roles = {
  admin: { description: 'May do everything', permissions: ['*'] },
  editor: {
    description: 'Looks after all media and tags',
    permissions: [...user, 'media:*', 'tags:*', 'users:read'],
  },
  user: { description: 'Has media of their own', permissions: user },
}

module.exports = { permissions, roles }
