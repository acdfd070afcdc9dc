'use strict'

/**
 * Requests to render the library again. `regeneration_job` has a row only while a version's job is in flight, or after
 * the job failed. The number of done versions is `fed` minus these rows, so that workers do not wait for each other to
 * increment a counter. There is no foreign key to the version: a failure is kept after its media is deleted, and a
 * deletion of media takes no locks here.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE regeneration (
        id          uuid             PRIMARY KEY,
        what        text             NOT NULL CHECK (what IN ('stale', 'all')),
        filter      jsonb            NOT NULL DEFAULT '{}',
        status      text             NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'cancelled')),
        total       bigint           NOT NULL DEFAULT 0 CHECK (total >= 0),
        fed         bigint           NOT NULL DEFAULT 0 CHECK (fed >= 0),
        counted_to  uuid             NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        fed_to      uuid             NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        is_counted  boolean          NOT NULL DEFAULT false,
        is_fed      boolean          NOT NULL DEFAULT false,
        ended       bigint           NOT NULL DEFAULT 0 CHECK (ended >= 0),
        rate        double precision CHECK (rate >= 0),
        rated_from  timestamptz(3),
        rated_at    timestamptz(3),
        moved_at    timestamptz(3)   NOT NULL DEFAULT now(),
        asked_again integer          NOT NULL DEFAULT 0 CHECK (asked_again >= 0),
        created_by  uuid,
        created_at  timestamptz(3)   NOT NULL DEFAULT now(),
        finished_at timestamptz(3),
        CONSTRAINT regeneration_finished_when_over CHECK ((status = 'running') = (finished_at IS NULL))
      );
      CREATE INDEX regeneration_created_at ON regeneration (created_at DESC, id DESC);
      CREATE INDEX regeneration_running ON regeneration (created_at, id) WHERE status = 'running';
      CREATE INDEX regeneration_finished_at ON regeneration (finished_at);

      CREATE TABLE regeneration_job (
        regeneration_id uuid           NOT NULL REFERENCES regeneration ON DELETE CASCADE,
        version_id      uuid           NOT NULL,
        media_id        uuid           NOT NULL,
        status          text           NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'failed')),
        code            text,
        reason          text,
        created_at      timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (regeneration_id, version_id),
        CONSTRAINT regeneration_job_failed_with_code CHECK ((status = 'failed') = (code IS NOT NULL AND reason IS NOT NULL))
      );
      CREATE INDEX regeneration_job_status ON regeneration_job (regeneration_id, status, version_id);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP TABLE regeneration_job;
      DROP TABLE regeneration;
    `),
}
