'use strict'

/**
 * The keys of the names of roles. Names that look the same have a common key, so the primary key rejects the second of two
 * roles, even if both are created at the same time. The seeder `role-name-keys` adds the keys of existing roles. If some of
 * them look the same already, they stay, and only the first has the common key.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE role_name_key (
        key     text COLLATE "C" PRIMARY KEY,
        role_id uuid NOT NULL REFERENCES roles ON DELETE CASCADE
      );
      CREATE INDEX role_name_key_role_id ON role_name_key (role_id);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE role_name_key'),
}
