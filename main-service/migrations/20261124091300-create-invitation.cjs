'use strict'

/**
 * Invitations by mail, one at a time for a user who is `invited`. Only the hash of what the mail says is kept; it is
 * made when the mail is sent, so until then there is none, and nothing that could expire. A mail that was refused for
 * good has left its reason.
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
