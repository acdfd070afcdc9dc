'use strict'

/**
 * Jobs that are not retried automatically. There are no foreign keys: a dead job is kept after its media is deleted,
 * so that operators can read its reason.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE dead_job (
        id         uuid           PRIMARY KEY,
        media_id   uuid,
        version_id uuid,
        code       text           NOT NULL,
        reason     text           NOT NULL,
        payload    jsonb          NOT NULL,
        attempts   jsonb          NOT NULL DEFAULT '[]',
        failed_at  timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX dead_job_failed_at ON dead_job (failed_at DESC, id DESC);
      CREATE INDEX dead_job_code ON dead_job (code, failed_at DESC, id DESC);
      CREATE INDEX dead_job_media_id ON dead_job (media_id);
      CREATE INDEX dead_job_version_id ON dead_job (version_id);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE dead_job'),
}
