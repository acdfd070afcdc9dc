'use strict'

/**
 * The audit trail of identities and rights. `actor_id` and `target_id` are not foreign keys, because entries outlive
 * the rows that they describe. The database role of main-service can only insert entries. Two functions delete expired
 * entries and clear the data about an erased user; they run with the rights of their owner. `action` is in byte order,
 * so that all actions with the same prefix are one range of its index.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE audit (
        id          uuid           PRIMARY KEY,
        at          timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        actor_type  text           NOT NULL CHECK (actor_type IN ('user', 'api-key', 'service', 'system')),
        actor_id    text           NOT NULL,
        action      text           COLLATE "C" NOT NULL,
        target_type text           NOT NULL,
        target_id   text           NOT NULL,
        before      jsonb,
        after       jsonb,
        address     text,
        user_agent  text,
        request_id  text
      );
      CREATE INDEX audit_at ON audit (at, id);
      CREATE INDEX audit_actor ON audit (actor_id, at, id);
      CREATE INDEX audit_action ON audit (action, at, id);
      CREATE INDEX audit_target ON audit (target_id, at, id);

      CREATE FUNCTION expire_audit(retention_days integer, batch integer) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      DECLARE
        deleted integer;
      BEGIN
        IF retention_days < 30 THEN
          RAISE EXCEPTION 'the audit trail is kept for at least 30 days';
        END IF;
        DELETE FROM public.audit WHERE id IN (
          SELECT id FROM public.audit WHERE at < now() - make_interval(days => retention_days) ORDER BY at LIMIT batch
          FOR UPDATE SKIP LOCKED
        );
        GET DIAGNOSTICS deleted = ROW_COUNT;
        RETURN deleted;
      END
      $$;

      CREATE FUNCTION forget_erased_in_audit(erased uuid) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      BEGIN
        IF EXISTS (SELECT 1 FROM public.users WHERE id = erased) THEN
          RAISE EXCEPTION 'user % is not erased', erased;
        END IF;
        UPDATE public.audit SET before = NULL, after = NULL WHERE target_type = 'user' AND target_id = erased::text;
        -- Data about the erased user: the device of a session, the name of a key. Changes of other users are kept.
        UPDATE public.audit SET before = NULL, after = NULL
        WHERE actor_id = erased::text AND target_type IN ('session', 'api-key');
        UPDATE public.audit SET address = NULL, user_agent = NULL
        WHERE actor_id = erased::text OR actor_id IN (
          SELECT target_id FROM public.audit WHERE actor_id = erased::text AND target_type = 'api-key'
        );
      END
      $$;
      REVOKE ALL ON FUNCTION expire_audit, forget_erased_in_audit FROM PUBLIC;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP FUNCTION forget_erased_in_audit, expire_audit;
      DROP TABLE audit;
    `),
}
