'use strict'

/**
 * The version of the media that is a user's avatar. The URLs of the avatar contain it, so that caches can keep the picture.
 * Avatars that were set earlier have no version.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE users ADD COLUMN avatar_version integer CHECK (avatar_version > 0);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('ALTER TABLE users DROP COLUMN avatar_version'),
}
