'use strict'

/** `GET /audit?requestId=`. What no request did has no request id, and is not in the index. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(
      'CREATE INDEX audit_request ON audit (request_id, at, id) WHERE request_id IS NOT NULL',
    ),
  down: (queryInterface) => queryInterface.sequelize.query('DROP INDEX audit_request'),
}
