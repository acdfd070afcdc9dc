'use strict'

/**
 * The database role of main-service. It reads and writes rows, but cannot create or drop tables. To the audit trail it
 * can only add entries, with the time of the database. Roles belong to the whole server, so the migration of another
 * database may have created the role already. main-service logs in as the owner and switches to the role. If a seeder
 * has set MAINDB_SERVICE_PASSWORD, main-service logs in as the role.
 */
const role = 'main_service'

module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      DO $$
      BEGIN
        CREATE ROLE ${role} NOLOGIN;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END
      $$;
      DO $$
      BEGIN
        IF NOT pg_has_role(current_user, '${role}', 'MEMBER') THEN
          EXECUTE format('GRANT ${role} TO %I', current_user);
        END IF;
      END
      $$;
      GRANT USAGE ON SCHEMA public TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${role};
      REVOKE ALL ON "SequelizeMeta" FROM ${role};
      REVOKE INSERT, UPDATE, DELETE ON audit FROM ${role};
      GRANT INSERT (id, actor_type, actor_id, action, target_type, target_id, before, after, address, user_agent,
                    request_id) ON audit TO ${role};
      GRANT EXECUTE ON FUNCTION expire_audit, forget_erased_in_audit TO ${role};
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${role};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM ${role};
      REVOKE ALL ON FUNCTION expire_audit, forget_erased_in_audit FROM ${role};
      REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role};
      REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ${role};
      REVOKE ALL ON SCHEMA public FROM ${role};
      DO $$
      BEGIN
        DROP ROLE ${role};
      EXCEPTION WHEN dependent_objects_still_exist OR object_in_use THEN NULL;
      END
      $$;
    `),
}
