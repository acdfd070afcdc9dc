'use strict'

/** The queue from which a dead job came. A requeued job returns to this queue. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE dead_job
        ADD COLUMN routing_key text NOT NULL DEFAULT 'interactive' CHECK (routing_key IN ('interactive', 'bulk'));
    `),
  down: (queryInterface) => queryInterface.sequelize.query('ALTER TABLE dead_job DROP COLUMN routing_key'),
}
