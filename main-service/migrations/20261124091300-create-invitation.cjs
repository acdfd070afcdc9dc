'use strict'

/**
 * Invitations by mail, one for each `invited` user. Only the hash of the token in the mail is stored. The token is
 * created when the mail is sent; until then, the invitation has no hash and cannot expire. If the mail is rejected
 * permanently, `failed_reason` has the reason.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE invitation (
        id            uuid           PRIMARY KEY,
        user_id       uuid           NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
        invited_by    uuid           REFERENCES users ON DELETE SET NULL,
        token_hash    char(64)       UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
        expires_at    timestamptz(3),
        sent_at       timestamptz(3),
        failed_reason text,
        created_at    timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT invitation_token_expires CHECK ((token_hash IS NULL) = (expires_at IS NULL)),
        CONSTRAINT invitation_sent_has_token CHECK (sent_at IS NULL OR token_hash IS NOT NULL),
        CONSTRAINT invitation_failed_has_none CHECK (failed_reason IS NULL OR token_hash IS NULL)
      );
      CREATE INDEX invitation_invited_by ON invitation (invited_by);
      CREATE INDEX invitation_created_at ON invitation (created_at, id);
      CREATE INDEX invitation_expires_at ON invitation (expires_at);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE invitation'),
}
