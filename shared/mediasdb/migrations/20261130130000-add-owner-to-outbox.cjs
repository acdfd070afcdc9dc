'use strict'

/**
 * The owner of the media of a job. The relay publishes interactive jobs of different owners in turn, so it must find the
 * owners with waiting jobs, and the oldest jobs of an owner. The index has the order of both.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE outbox ADD COLUMN owner_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
      UPDATE outbox o SET owner_id = m.owner_id FROM media m WHERE m.id = (o.payload ->> 'mediaId')::uuid;
      CREATE INDEX outbox_turns ON outbox (owner_id, id) WHERE routing_key = 'interactive';
    `),
  down: (queryInterface) => queryInterface.sequelize.query('ALTER TABLE outbox DROP COLUMN owner_id'),
}
