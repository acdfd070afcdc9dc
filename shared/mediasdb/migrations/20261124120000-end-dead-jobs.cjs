'use strict'

/**
 * The ids of dead jobs that were requeued or discarded. The broker can deliver a message again after that, and the
 * message must not become a dead job again.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE dead_job_end (
        id       uuid           PRIMARY KEY,
        ended_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX dead_job_end_ended_at ON dead_job_end (ended_at);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE dead_job_end'),
}
