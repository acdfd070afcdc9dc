'use strict'

/**
 * The variation of an experiment that a user was assigned first. The user keeps it when the weights of the experiment
 * change. `experiment` is the key of the experiment and the version of its buckets, in the format of GrowthBook's SDK.
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
