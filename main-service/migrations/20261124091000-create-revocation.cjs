'use strict'

/**
 * An entry for each user or role whose epoch was incremented, each session that ended, and each API key that was
 * revoked. Triggers write the entries, so that no change of rights can omit them. A follower reads the entries of the
 * transactions that were not visible in its last snapshot (`pg_visible_in_snapshot`), because ids commit out of order.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE revocation (
        id         bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid        xid8           NOT NULL DEFAULT pg_current_xact_id(),
        kind       text           NOT NULL CHECK (kind IN ('user', 'role', 'session', 'key')),
        subject    uuid           NOT NULL,
        min_epoch  integer        NOT NULL CHECK (min_epoch > 0),
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX revocation_xid ON revocation (xid);
      CREATE INDEX revocation_created_at ON revocation (created_at);

      CREATE FUNCTION notify_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('revocation', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER revocation_notify AFTER INSERT ON revocation
        FOR EACH STATEMENT EXECUTE FUNCTION notify_revocation();

      CREATE FUNCTION revoke_by_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO revocation (kind, subject, min_epoch) VALUES (TG_ARGV[0], NEW.id, NEW.epoch);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER users_revoke AFTER UPDATE OF epoch ON users
        FOR EACH ROW WHEN (NEW.epoch > OLD.epoch) EXECUTE FUNCTION revoke_by_epoch('user');
      CREATE TRIGGER roles_revoke AFTER UPDATE OF epoch ON roles
        FOR EACH ROW WHEN (NEW.epoch > OLD.epoch) EXECUTE FUNCTION revoke_by_epoch('role');

      CREATE FUNCTION revoke_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO revocation (kind, subject, min_epoch) VALUES (TG_ARGV[0], OLD.id, OLD.epoch + 1);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER users_revoke_deleted AFTER DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION revoke_deleted('user');
      CREATE TRIGGER roles_revoke_deleted AFTER DELETE ON roles
        FOR EACH ROW EXECUTE FUNCTION revoke_deleted('role');

      CREATE FUNCTION revoke_ended() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO revocation (kind, subject, min_epoch) VALUES (TG_ARGV[0], NEW.id, 1);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER sessions_revoke AFTER UPDATE OF ended_at ON sessions
        FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION revoke_ended('session');
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP TRIGGER sessions_revoke ON sessions;
      DROP TRIGGER users_revoke ON users;
      DROP TRIGGER users_revoke_deleted ON users;
      DROP TRIGGER roles_revoke ON roles;
      DROP TRIGGER roles_revoke_deleted ON roles;
      DROP FUNCTION revoke_ended, revoke_deleted, revoke_by_epoch;
      DROP TABLE revocation;
      DROP FUNCTION notify_revocation;
    `),
}
