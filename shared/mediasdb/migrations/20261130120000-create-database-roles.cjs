'use strict'

/**
 * The database roles of medias-service and of the workers, each with the rights that its code needs. A worker decodes
 * uploaded files, so its role reads no titles, file names and owners, and changes only columns that a render changes. A
 * lock of a row (FOR UPDATE) needs the right UPDATE. A new table needs grants in its own migration.
 *
 * Roles belong to the whole server, so the migration of another database may have created them already. The deployables
 * log in as the owner and switch to their roles. If a seeder has set the password of a role, they log in as the role.
 */
const all = 'SELECT, INSERT, UPDATE, DELETE'
const rights = {
  medias_service: {
    blob: all,
    condemned_rendition: 'SELECT, DELETE',
    dead_job: all,
    dead_job_end: all,
    event: all,
    fleet: 'SELECT, UPDATE',
    idempotency_key: all,
    media: all,
    media_owner: 'SELECT, INSERT, UPDATE',
    media_size: 'SELECT',
    media_tag: all,
    media_tags_media: 'SELECT, INSERT, DELETE',
    media_version: 'SELECT, INSERT, UPDATE',
    outbox: all,
    regeneration: all,
    regeneration_job: all,
    worker: 'SELECT',
  },
  media_worker: {
    blob: 'SELECT, UPDATE (condemnations)',
    condemned_rendition: 'SELECT, INSERT, DELETE',
    event: 'SELECT, INSERT',
    fleet: 'SELECT',
    media: `
      SELECT (id, focal_x, focal_y, mime_type, trashed_at),
      UPDATE (current_version_id, mime_type, status, updated_at)`,
    media_size: all,
    media_version: `
      SELECT,
      UPDATE (status, error_code, error_message, attempts, starts, started_at, completed_at, width, height, format, pages,
              animated, has_alpha, thumbhash, dominant_color, camera_make, camera_model, taken_at)`,
    regeneration: 'SELECT',
    regeneration_job: 'SELECT, DELETE',
    worker: all,
  },
}

const createRole = (role) => `
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
  ${Object.entries(rights[role])
    .map(([table, granted]) => `GRANT ${granted} ON ${table} TO ${role};`)
    .join('\n')}
`

const dropRole = (role) => `
  REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role};
  REVOKE ALL ON SCHEMA public FROM ${role};
  DO $$
  BEGIN
    DROP ROLE ${role};
  EXCEPTION WHEN dependent_objects_still_exist OR object_in_use THEN NULL;
  END
  $$;
`

module.exports = {
  up: (queryInterface) => queryInterface.sequelize.query(Object.keys(rights).map(createRole).join('')),
  down: (queryInterface) => queryInterface.sequelize.query(Object.keys(rights).map(dropRole).join('')),
}
