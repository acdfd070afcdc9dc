'use strict'

/**
 * Sessions, and every refresh token that a session has had. Used refresh tokens are kept, because a used token that is
 * sent again indicates theft. Only hashes are stored. A session has at most one unused token, and a token has at most
 * one successor.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE sessions (
        id           uuid           PRIMARY KEY,
        user_id      uuid           NOT NULL REFERENCES users ON DELETE CASCADE,
        device       text,
        address      text,
        created_at   timestamptz(3) NOT NULL DEFAULT now(),
        last_used_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at   timestamptz(3) NOT NULL,
        ended_at     timestamptz(3),
        ended_reason text,
        CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
      );
      CREATE INDEX sessions_user_id ON sessions (user_id, last_used_at);
      CREATE INDEX sessions_expires_at ON sessions (expires_at);
      CREATE INDEX sessions_ended_at ON sessions (ended_at) WHERE ended_at IS NOT NULL;

      CREATE TABLE refresh_token (
        token_hash  char(64)       PRIMARY KEY CHECK (token_hash ~ '^[0-9a-f]{64}$'),
        session_id  uuid           NOT NULL REFERENCES sessions ON DELETE CASCADE,
        parent_hash char(64)       UNIQUE CHECK (parent_hash ~ '^[0-9a-f]{64}$'),
        spent_at    timestamptz(3),
        created_at  timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX refresh_token_session_id ON refresh_token (session_id);
      CREATE UNIQUE INDEX refresh_token_unspent ON refresh_token (session_id) WHERE spent_at IS NULL;
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE refresh_token, sessions'),
}
