'use strict'

/**
 * Runs at every start. If the database was restored into another server, revocations can have transaction ids that this
 * server has not reached, and the feed would return them with every read. This assigns them an id of this server.
 */
module.exports = {
  up: ({ sequelize }) =>
    sequelize.query(`
      UPDATE revocation SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`),
  down: async () => {},
}
