'use strict'

/**
 * Runs at every start: with MAINDB_SERVICE_PASSWORD the database role of main-service can log in by it, so that the
 * service need not know the owner's.
 */
module.exports = {
  up: async ({ sequelize }) => {
    const password = process.env.MAINDB_SERVICE_PASSWORD
    if (password) await sequelize.query(`ALTER ROLE main_service LOGIN PASSWORD ${sequelize.escape(password)}`)
  },
  down: ({ sequelize }) => sequelize.query('ALTER ROLE main_service NOLOGIN'),
}
