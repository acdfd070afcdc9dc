'use strict'

/**
 * Users. `email_key` is the address in NFKC and lower case. It is unique, except for deleted users. pg_trgm indexes the
 * search `?q=` for any part of a name or an address. It is a trusted extension, so the database's owner can create it.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE TABLE users (
        id                uuid           PRIMARY KEY,
        email             text           NOT NULL,
        email_key         text           NOT NULL,
        name              text           NOT NULL CHECK (name <> ''),
        status            text           NOT NULL CHECK (status IN ('active', 'suspended', 'invited')),
        password_hash     text,
        avatar_media_id   uuid,
        locale            text,
        email_verified_at timestamptz(3),
        last_login_at     timestamptz(3),
        epoch             integer        NOT NULL DEFAULT 0 CHECK (epoch >= 0),
        created_at        timestamptz(3) NOT NULL DEFAULT now(),
        updated_at        timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at        timestamptz(3)
      );
      CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;
      CREATE INDEX users_created_at ON users (created_at, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_updated_at ON users (updated_at, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_name ON users (name, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_email ON users (email_key, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_status ON users (status, created_at, id) WHERE deleted_at IS NULL;
      CREATE INDEX users_search ON users USING gin (name gin_trgm_ops, email_key gin_trgm_ops);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE users; DROP EXTENSION pg_trgm'),
}
