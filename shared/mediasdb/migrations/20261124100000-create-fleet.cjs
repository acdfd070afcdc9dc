'use strict'

/**
 * The fleet settings (one row, which all workers follow), and what each worker reports about itself. A notification
 * can be lost, so workers also poll.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE fleet (
        id         boolean        PRIMARY KEY DEFAULT true CHECK (id),
        paused     boolean        NOT NULL DEFAULT false,
        slots      integer        CHECK (slots BETWEEN 1 AND 64),
        presets    jsonb,
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      );
      INSERT INTO fleet DEFAULT VALUES;

      CREATE FUNCTION notify_fleet() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('fleet', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER fleet_notify AFTER UPDATE ON fleet FOR EACH STATEMENT EXECUTE FUNCTION notify_fleet();

      CREATE TABLE worker (
        name         text           PRIMARY KEY,
        slots        integer        NOT NULL CHECK (slots > 0),
        busy         integer        NOT NULL CHECK (busy >= 0),
        paused       boolean        NOT NULL,
        memory_bytes bigint         NOT NULL CHECK (memory_bytes >= 0),
        done         bigint         NOT NULL CHECK (done >= 0),
        failed       bigint         NOT NULL CHECK (failed >= 0),
        started_at   timestamptz(3) NOT NULL,
        seen_at      timestamptz(3) NOT NULL
      );
      CREATE INDEX worker_seen_at ON worker (seen_at);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP TABLE worker;
      DROP TABLE fleet;
      DROP FUNCTION notify_fleet;
    `),
}
