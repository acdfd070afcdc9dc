'use strict'

/** Which queue a dead job came from, so that it goes back there. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE dead_job
        ADD COLUMN routing_key text NOT NULL DEFAULT 'interactive' CHECK (routing_key IN ('interactive', 'bulk'));
    `),
  down: (queryInterface) => queryInterface.sequelize.query('ALTER TABLE dead_job DROP COLUMN routing_key'),
}
