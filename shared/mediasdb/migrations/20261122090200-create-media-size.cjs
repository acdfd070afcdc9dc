'use strict'

/** One row for each preset and format of a version. Equal renditions share one file, so `store_key` is not unique. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE media_size (
        id          uuid           PRIMARY KEY,
        version_id  uuid           NOT NULL REFERENCES media_version ON DELETE CASCADE,
        preset      text           NOT NULL,
        format      text           NOT NULL,
        width       integer        NOT NULL CHECK (width > 0),
        height      integer        NOT NULL CHECK (height > 0),
        bytes       bigint         NOT NULL CHECK (bytes > 0),
        store_key   text           NOT NULL,
        fingerprint text           NOT NULL,
        created_at  timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (version_id, preset, format)
      );
      CREATE INDEX media_size_store_key ON media_size (store_key);
      CREATE INDEX media_size_fingerprint ON media_size (preset, fingerprint);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE media_size'),
}
