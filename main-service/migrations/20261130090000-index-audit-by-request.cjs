'use strict'

/** For `GET /audit?requestId=`. Changes outside a request have no request id, and are not in the index. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(
      'CREATE INDEX audit_request ON audit (request_id, at, id) WHERE request_id IS NOT NULL',
    ),
  down: (queryInterface) => queryInterface.sequelize.query('DROP INDEX audit_request'),
}
