'use strict'

/** Bytes, stored once for all versions that have them. A store key is never reused, not even for the same bytes. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE blob (
        id         uuid           PRIMARY KEY,
        sha256     char(64)       NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        bytes      bigint         NOT NULL CHECK (bytes >= 0),
        store_key  text           NOT NULL UNIQUE,
        state      text           NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'condemned', 'gone')),
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX blob_sha256_live ON blob (sha256) WHERE state = 'live';
      CREATE INDEX blob_sha256 ON blob (sha256);
      CREATE INDEX blob_condemned ON blob (created_at) WHERE state = 'condemned';
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE blob'),
}
