'use strict'

/**
 * Renditions that no size references any more, until their files are deleted. If `condemnations` of the blob has
 * increased while a worker rendered this source, files that the worker has just stored may be deleted.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE condemned_rendition (
        store_key  text           PRIMARY KEY,
        sha256     char(64)       NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX condemned_rendition_sha256 ON condemned_rendition (sha256);
      CREATE INDEX condemned_rendition_created_at ON condemned_rendition (created_at);

      ALTER TABLE blob ADD COLUMN condemnations bigint NOT NULL DEFAULT 0 CHECK (condemnations >= 0);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE blob DROP COLUMN condemnations;
      DROP TABLE condemned_rendition;
    `),
}
