'use strict'

/** The permissions and roles that are part of the product. docs/PERMISSIONS.md is generated from them too. */

/** Each permission with its description, for people who decide which permissions a role gets. */
const permissions = {
  '*': 'All permissions',
  'users:read': 'Read all users',
  'users:read:own': 'Read your own account',
  'users:create': 'Create and invite users',
  'users:update': 'Update, suspend and reactivate users',
  'users:update:own': 'Update or delete your own account',
  'users:delete': 'Delete and restore users',
  'roles:read': 'Read roles and list their users',
  'roles:write': 'Create, update and delete roles',
  'roles:assign': 'Grant roles to users and revoke them',
  'permissions:read': 'Read permissions',
  'permissions:write': 'Create, update and delete permissions',
  'audit:read': 'Read the audit trail',
  'media:*': 'All permissions on all media',
  'media:create': 'Upload media',
  'media:read': 'Read all media',
  'media:read:own': 'Read your own media',
  'media:update': 'Update all media',
  'media:update:own': 'Update your own media',
  'media:delete': 'Trash, restore and delete all media',
  'media:delete:own': 'Trash, restore and delete your own media',
  'tags:*': 'All permissions on tags',
  'tags:read': 'Read tags',
  'tags:create': 'Create tags',
  'tags:update': 'Rename and merge tags',
  'tags:delete': 'Delete tags',
  'jobs:read': 'Read the state of queues and workers, dead jobs and regenerations',
  'jobs:write': 'Pause and resume workers, requeue and discard dead jobs, render media again',
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
  admin: { description: 'Has all permissions', permissions: ['*'] },
  editor: {
    description: 'Manages all media and tags, and can read users',
    permissions: [...user, 'media:*', 'tags:*', 'users:read'],
  },
  user: { description: 'Manages their own account and media', permissions: user },
  viewer: {
    description: 'Sees all media, and manages their own account',
    permissions: ['media:read', 'tags:read', 'users:read:own', 'users:update:own'],
  },
}

module.exports = { permissions, roles }
