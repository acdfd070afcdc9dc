'use strict'

const { uuidv7 } = require('uuidv7')

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

/** Runs at every start: adds what is missing, and leaves a role that is there as its operators have made it. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.transaction(async (transaction) => {
      const run = (sql, replacements) => queryInterface.sequelize.query(sql, { replacements, transaction })
      for (const [name, description] of Object.entries(permissions)) {
        await run(
          `INSERT INTO permissions (id, name, description, seeded) VALUES (:id, :name, :description, true)
           ON CONFLICT (name) DO NOTHING`,
          { id: uuidv7(), name, description },
        )
      }
      for (const [name, role] of Object.entries(roles)) {
        const id = uuidv7()
        await run(
          `WITH new_role AS (
             INSERT INTO roles (id, name, description, seeded) VALUES (:id, :name, :description, true)
             ON CONFLICT (name) DO NOTHING RETURNING id
           )
           INSERT INTO role_permissions (role_id, permission_id)
           SELECT new_role.id, permissions.id FROM new_role, permissions WHERE permissions.name IN (:permissions)`,
          { id, name, description: role.description, permissions: role.permissions },
        )
      }
    }),
  down: (queryInterface) =>
    queryInterface.sequelize.query('DELETE FROM roles WHERE seeded; DELETE FROM permissions WHERE seeded'),
}
