'use strict'

/**
 * The variation that a person got of an experiment, the first time: they keep it when the experiment's weights change.
 * `experiment` is its key and the version of its buckets, as GrowthBook's SDK writes them.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE feature_bucket (
        user_id    uuid           NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        experiment text           NOT NULL CHECK (length(experiment) <= 500),
        variation  text           NOT NULL CHECK (length(variation) <= 500),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, experiment)
      );
      CREATE INDEX feature_bucket_created_at ON feature_bucket (created_at);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE feature_bucket'),
}
