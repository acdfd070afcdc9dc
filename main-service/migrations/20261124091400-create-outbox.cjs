'use strict'

/**
 * Deliveries of main-service that are not done yet: the state of an owner, for medias-service (one row per user, with
 * the newest state), and invitation mails. A row is written in the transaction of the change that it reports, and
 * retried until it is done.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE outbox (
        id          bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind        text           NOT NULL CHECK (kind IN ('owner-state', 'invitation-mail')),
        subject     uuid           NOT NULL,
        payload     jsonb          NOT NULL DEFAULT '{}',
        revision    integer        NOT NULL DEFAULT 1 CHECK (revision > 0),
        due_at      timestamptz(3) NOT NULL DEFAULT now(),
        attempts    integer        NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        last_error  text,
        created_at  timestamptz(3) NOT NULL DEFAULT now(),
        UNIQUE (kind, subject)
      );
      CREATE INDEX outbox_due_at ON outbox (due_at);

      CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('outbox', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER outbox_notify AFTER INSERT OR UPDATE OF payload ON outbox
        FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE outbox; DROP FUNCTION notify_outbox'),
}
