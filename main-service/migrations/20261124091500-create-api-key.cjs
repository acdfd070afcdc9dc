'use strict'

/**
 * API keys: the hash of the key, its creator, and its permissions, which are an upper limit. The row of a revoked key
 * is kept for a while.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE api_key (
        id           uuid           PRIMARY KEY,
        user_id      uuid           NOT NULL REFERENCES users ON DELETE CASCADE,
        name         text           NOT NULL CHECK (name <> ''),
        key_hash     char(64)       NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
        hint         text           NOT NULL,
        permissions  text[]         NOT NULL,
        expires_at   timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at   timestamptz(3),
        created_at   timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX api_key_user_id ON api_key (user_id, created_at, id);
      CREATE INDEX api_key_revoked_at ON api_key (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE INDEX api_key_expires_at ON api_key (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX api_key_name ON api_key (user_id, name, id);

      CREATE TRIGGER api_key_revoke AFTER UPDATE OF revoked_at ON api_key
        FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION revoke_ended('key');
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE api_key'),
}
