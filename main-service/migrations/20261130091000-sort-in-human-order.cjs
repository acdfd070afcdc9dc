'use strict'

/**
 * Text in the order that people expect: A, a, Á, Z. In byte order Z comes before a, and Á after both. The collation is
 * deterministic: `C` and `C#` stay different, LIKE works, and an index serves the pages of a list.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE COLLATION human (provider = icu, locale = 'und-u-kf-upper', deterministic = true);
      DROP INDEX users_name, users_email, users_deleted_name, users_deleted_email, api_key_name;
      CREATE INDEX users_name ON users (name COLLATE human, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_email ON users (email_key COLLATE human, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_deleted_name ON users (name COLLATE human, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_email ON users (email_key COLLATE human, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX api_key_name ON api_key (user_id, name COLLATE human, id);
      CREATE INDEX roles_name ON roles (name COLLATE human, id);
      CREATE INDEX permissions_name ON permissions (name COLLATE human, id);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX permissions_name, roles_name, api_key_name, users_deleted_email, users_deleted_name, users_email,
        users_name;
      CREATE INDEX users_name ON users (name, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_email ON users (email_key, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_deleted_name ON users (name, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX users_deleted_email ON users (email_key, id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX api_key_name ON api_key (user_id, name, id);
      DROP COLLATION human;
    `),
}
