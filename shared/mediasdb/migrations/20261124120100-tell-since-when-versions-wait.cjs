'use strict'

/**
 * Since when an unfinished version has been waiting, and in which queue. A version can be enqueued again long after
 * its upload. For versions that are waiting during this migration, the time is the time of the upload.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media_version
        ADD COLUMN queued_at   timestamptz(3) NOT NULL DEFAULT now(),
        ADD COLUMN routing_key text           NOT NULL DEFAULT 'interactive' CHECK (routing_key IN ('interactive', 'bulk'));
      UPDATE media_version SET queued_at = created_at WHERE status IN ('queued', 'processing');
      CREATE INDEX media_version_waiting ON media_version (routing_key, queued_at) WHERE status IN ('queued', 'processing');
      DROP INDEX media_version_unfinished;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE INDEX media_version_unfinished ON media_version (created_at) WHERE status IN ('queued', 'processing');
      ALTER TABLE media_version DROP COLUMN queued_at, DROP COLUMN routing_key;
    `),
}
