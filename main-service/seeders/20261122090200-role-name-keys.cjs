'use strict'

const { roleNameKeys } = require('../role-name-keys.cjs')

/**
 * Runs at every start. Adds the keys of roles that have none: seeded roles, and roles of an earlier version. If two of
 * them look the same, both stay, and the first has the common key: a seeded role, or the older one.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.transaction(async (transaction) => {
      const run = async (sql, bind = {}) => (await queryInterface.sequelize.query(sql, { bind, transaction }))[0]
      const roles = await run(`
        SELECT id, name FROM roles r
        WHERE NOT EXISTS (SELECT FROM role_name_key k WHERE k.role_id = r.id) ORDER BY seeded DESC, created_at, id`)
      for (const { id, name } of roles) {
        await run(
          `INSERT INTO role_name_key (key, role_id) SELECT key, $id::uuid FROM unnest($keys::text[]) AS key
           ON CONFLICT (key) DO NOTHING`,
          { id, keys: roleNameKeys(name) },
        )
      }
    }),
  down: (queryInterface) => queryInterface.sequelize.query('DELETE FROM role_name_key'),
}
