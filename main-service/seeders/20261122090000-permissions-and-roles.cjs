'use strict'

const { uuidv7 } = require('uuidv7')

const { roleNameKeys } = require('../role-name-keys.cjs')
const { permissions, roles } = require('../seeded-rights.cjs')

/**
 * Runs at every start. Adds missing permissions and roles. Existing roles keep the changes of operators. If an operator has
 * created a role with the name of a new seeded role, or with a name that looks like it, such as `Viewer`, only that role
 * exists: it keeps its permissions, and it can be renamed or deleted. Then the next start adds the seeded role.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.transaction(async (transaction) => {
      const run = (sql, bind) => queryInterface.sequelize.query(sql, { bind, transaction })
      for (const [name, description] of Object.entries(permissions)) {
        await run(
          `INSERT INTO permissions (id, name, description, seeded) VALUES ($id, $name, $description, true)
           ON CONFLICT (name) DO NOTHING`,
          { id: uuidv7(), name, description },
        )
      }
      for (const [name, role] of Object.entries(roles)) {
        const id = uuidv7()
        await run(
          `WITH new_role AS (
             INSERT INTO roles (id, name, description, seeded)
             SELECT $id::uuid, $name::text, $description::text, true
             WHERE NOT EXISTS (SELECT FROM role_name_key WHERE key = ANY($keys::text[]))
             ON CONFLICT (name) DO NOTHING RETURNING id
           )
           INSERT INTO role_permissions (role_id, permission_id)
           SELECT new_role.id, permissions.id FROM new_role, permissions WHERE permissions.name = ANY($permissions::text[])`,
          { id, name, keys: roleNameKeys(name), description: role.description, permissions: role.permissions },
        )
      }
    }),
  down: (queryInterface) =>
    queryInterface.sequelize.query('DELETE FROM roles WHERE seeded; DELETE FROM permissions WHERE seeded'),
}
