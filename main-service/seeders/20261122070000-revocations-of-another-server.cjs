'use strict'

/**
 * Runs at every start. In a database that was restored into another server, revocations have transaction ids that this
 * server has not reached, and the feed would return them again and again. This gives them an id of this server.
 */
module.exports = {
  up: ({ sequelize }) =>
    sequelize.query(`
      UPDATE revocation SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`),
  down: async () => {},
}
