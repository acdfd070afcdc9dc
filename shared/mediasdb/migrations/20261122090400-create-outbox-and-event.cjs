'use strict'

/**
 * The outbox and the events, which other processes follow. Ids commit out of order, so a follower reads by (xid, id),
 * and only rows below pg_snapshot_xmin(pg_current_snapshot()). A notification can be lost, so followers also poll.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE outbox (
        id          bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid         xid8           NOT NULL DEFAULT pg_current_xact_id(),
        routing_key text           NOT NULL CHECK (routing_key IN ('interactive', 'bulk')),
        payload     jsonb          NOT NULL,
        lease_until timestamptz(3),
        attempts    integer        NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        last_error  text,
        created_at  timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX outbox_xid ON outbox (xid, id);
      CREATE INDEX outbox_lease_until ON outbox (lease_until);

      CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('outbox', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

      CREATE TABLE event (
        id         bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid        xid8           NOT NULL DEFAULT pg_current_xact_id(),
        media_id   uuid           NOT NULL,
        version_id uuid,
        type       text           NOT NULL CHECK (type IN ('queued', 'processing', 'size-ready', 'ready', 'failed')),
        data       jsonb          NOT NULL DEFAULT '{}',
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX event_media ON event (media_id, id);
      CREATE INDEX event_xid ON event (xid, id);
      CREATE INDEX event_created_at ON event (created_at);

      CREATE FUNCTION notify_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('event', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER event_notify AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION notify_event();
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP TABLE event;
      DROP FUNCTION notify_event;
      DROP TABLE outbox;
      DROP FUNCTION notify_outbox;
    `),
}
