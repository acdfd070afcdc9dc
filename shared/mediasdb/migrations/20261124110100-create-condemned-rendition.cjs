'use strict'

/**
 * Renditions that no size names any more, until their objects are deleted. The count on the blob tells a worker that
 * was rendering the same source meanwhile that some of what it has just stored may be gone.
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
