'use strict'

/** The variables with the passwords of the database roles. */
const passwords = { medias_service: 'MEDIASDB_SERVICE_PASSWORD', media_worker: 'MEDIASDB_WORKER_PASSWORD' }

/**
 * Runs at every start. If the password of a role is set, the role can log in with it. Then the deployable does not need the
 * password of the database's owner. It also removes the right of every role to create temporary tables. This is repeated,
 * because a dump of the database does not contain it.
 */
module.exports = {
  up: async ({ sequelize }) => {
    await sequelize.query(`
      DO $$
      BEGIN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
      END
      $$`)
    for (const [role, variable] of Object.entries(passwords)) {
      const password = process.env[variable]
      if (password) await sequelize.query(`ALTER ROLE ${role} LOGIN PASSWORD ${sequelize.escape(password)}`)
    }
  },
  down: async ({ sequelize }) => {
    for (const role of Object.keys(passwords)) await sequelize.query(`ALTER ROLE ${role} NOLOGIN`)
  },
}
