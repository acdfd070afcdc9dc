'use strict'

/**
 * Dead jobs that were requeued or discarded, by their ids: the broker may deliver a message once more after that, and it
 * must not bury its job again.
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
