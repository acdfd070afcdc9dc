'use strict'

/**
 * More of people: `unverified` ones, who cannot sign in before their address is confirmed; a profile of their own
 * words; and those who are deleted, listed and erased after a while (`erasing_at`: from then on they cannot be
 * restored).
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE users
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'invited', 'unverified', 'suspended')),
        ADD COLUMN profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(profile) = 'object'),
        ADD COLUMN erasing_at timestamptz(3),
        ADD CONSTRAINT users_erasing_is_deleted CHECK (erasing_at IS NULL OR deleted_at IS NOT NULL);
      CREATE INDEX users_deleted_at ON users (deleted_at, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_created_at ON users (created_at, id) WHERE deleted_at IS NOT NULL;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX users_deleted_created_at;
      DROP INDEX users_deleted_at;
      UPDATE users SET status = 'invited' WHERE status = 'unverified';
      ALTER TABLE users
        DROP CONSTRAINT users_erasing_is_deleted,
        DROP COLUMN erasing_at,
        DROP COLUMN profile,
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended', 'invited'));
    `),
}
