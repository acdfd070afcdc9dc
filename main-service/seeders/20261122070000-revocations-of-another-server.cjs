'use strict'

/**
 * Runs at every start: in a database that was restored into another server, what is revoked is of transactions that this
 * one has not come to. The feed would tell it again and again; from here on it is this server's, and told once.
 */
module.exports = {
  up: ({ sequelize }) =>
    sequelize.query(`
      UPDATE revocation SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`),
  down: async () => {},
}
