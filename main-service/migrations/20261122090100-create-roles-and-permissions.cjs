'use strict'

/** Permissions, roles, and the roles of users. A user has a role permanently or until it expires. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(String.raw`
      CREATE TABLE permissions (
        id          uuid           PRIMARY KEY,
        name        text           NOT NULL UNIQUE
                      CHECK (name ~ '^(\*|([a-z][a-z0-9-]*|\*):([a-z][a-z0-9-]*|\*)(:own)?)$'),
        description text           NOT NULL DEFAULT '',
        seeded      boolean        NOT NULL DEFAULT false,
        created_at  timestamptz(3) NOT NULL DEFAULT now(),
        updated_at  timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX permissions_created_at ON permissions (created_at, id);

      CREATE TABLE roles (
        id          uuid           PRIMARY KEY,
        name        text           NOT NULL UNIQUE CHECK (name <> ''),
        description text           NOT NULL DEFAULT '',
        seeded      boolean        NOT NULL DEFAULT false,
        epoch       integer        NOT NULL DEFAULT 0 CHECK (epoch >= 0),
        created_at  timestamptz(3) NOT NULL DEFAULT now(),
        updated_at  timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX roles_created_at ON roles (created_at, id);

      CREATE TABLE role_permissions (
        role_id       uuid NOT NULL REFERENCES roles ON DELETE CASCADE,
        permission_id uuid NOT NULL REFERENCES permissions ON DELETE CASCADE,
        PRIMARY KEY (role_id, permission_id)
      );
      CREATE INDEX role_permissions_permission_id ON role_permissions (permission_id);

      CREATE TABLE user_roles (
        user_id    uuid           NOT NULL REFERENCES users ON DELETE CASCADE,
        role_id    uuid           NOT NULL REFERENCES roles ON DELETE CASCADE,
        expires_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, role_id)
      );
      CREATE INDEX user_roles_role_id ON user_roles (role_id, user_id);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query('DROP TABLE user_roles, role_permissions, roles, permissions'),
}
