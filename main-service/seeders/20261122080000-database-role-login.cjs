'use strict'

/**
 * Runs at every start. If MAINDB_SERVICE_PASSWORD is set, the database role of main-service can log in with it. Then the
 * service does not need the password of the database's owner.
 */
module.exports = {
  up: async ({ sequelize }) => {
    const password = process.env.MAINDB_SERVICE_PASSWORD
    if (password) await sequelize.query(`ALTER ROLE main_service LOGIN PASSWORD ${sequelize.escape(password)}`)
  },
  down: ({ sequelize }) => sequelize.query('ALTER ROLE main_service NOLOGIN'),
}
