'use strict'

/** Responses stored for 24 h, to return them to a repeated POST. The status is null while the first request runs. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE idempotency_key (
        caller       text           NOT NULL,
        route        text           NOT NULL,
        key          text           NOT NULL,
        request_hash text           NOT NULL,
        status       integer        CHECK (status BETWEEN 100 AND 599),
        headers      jsonb,
        body         jsonb,
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (caller, route, key)
      );
      CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE idempotency_key'),
}
