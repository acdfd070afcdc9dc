'use strict'

const { uuidv7 } = require('uuidv7')

const { permissions, roles } = require('../seeded-rights.cjs')

/** Runs at every start. Adds missing permissions and roles. Existing roles keep the changes of operators. */
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
             INSERT INTO roles (id, name, description, seeded) VALUES ($id, $name, $description, true)
             ON CONFLICT (name) DO NOTHING RETURNING id
           )
           INSERT INTO role_permissions (role_id, permission_id)
           SELECT new_role.id, permissions.id FROM new_role, permissions WHERE permissions.name = ANY($permissions::text[])`,
          { id, name, description: role.description, permissions: role.permissions },
        )
      }
    }),
  down: (queryInterface) =>
    queryInterface.sequelize.query('DELETE FROM roles WHERE seeded; DELETE FROM permissions WHERE seeded'),
}
