'use strict'

/**
 * How often the owner has reprocessed a version, and since when it is counted. Rendering is expensive and a request is not,
 * so medias-service limits the number.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media_version
        ADD COLUMN owner_reprocesses integer NOT NULL DEFAULT 0 CHECK (owner_reprocesses >= 0),
        ADD COLUMN owner_reprocesses_since timestamptz(3);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE media_version DROP COLUMN owner_reprocesses, DROP COLUMN owner_reprocesses_since;
    `),
}
