'use strict'

/**
 * Messages of the dead queue that are not jobs. Only the newest are kept, and only the beginning of their text. `is_job`
 * is false for them. The payload of a dead job whose contract is unknown stays, because a later build can requeue it.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE dead_job ADD COLUMN is_job boolean NOT NULL DEFAULT true;

      UPDATE dead_job
      SET is_job = false,
          payload = (
            SELECT jsonb_build_object(
              'text', left(message, 1000),
              'bytes', octet_length(message),
              'sha256', encode(sha256(convert_to(message, 'UTF8')), 'hex'))
            FROM coalesce(payload #>> '{}', 'null') AS message)
      WHERE version_id IS NULL AND (code <> 'unknown-contract' OR octet_length(payload::text) > 4096);

      CREATE INDEX dead_job_not_a_job ON dead_job (failed_at DESC, id DESC) WHERE NOT is_job;
    `),
  down: (queryInterface) => queryInterface.sequelize.query('ALTER TABLE dead_job DROP COLUMN is_job'),
}
