'use strict'

/**
 * What a camera wrote of a picture, never where; and the starts of a version's job that have not come to a controlled
 * end, each with its worker and its time, so that whoever gives up on it can say why.
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
