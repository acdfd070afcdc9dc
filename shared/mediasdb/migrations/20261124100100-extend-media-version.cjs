'use strict'

/**
 * Camera and time of a photo, never its location. `starts` has the starts of a version's job that did not end in a
 * controlled way, each with worker and time, to explain why the version failed.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media_version
        ADD COLUMN camera_make  text,
        ADD COLUMN camera_model text,
        ADD COLUMN taken_at     text CHECK (taken_at ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?$'),
        ADD COLUMN starts       jsonb NOT NULL DEFAULT '[]';
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media_version
        DROP COLUMN camera_make,
        DROP COLUMN camera_model,
        DROP COLUMN taken_at,
        DROP COLUMN starts;
    `),
}
