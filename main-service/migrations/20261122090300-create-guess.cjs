'use strict'

/** Failed password attempts, counted by a key (such as an address or an account) in a window of 15 minutes. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE TABLE guess (
        key               text           PRIMARY KEY,
        failures          integer        NOT NULL CHECK (failures > 0),
        window_started_at timestamptz(3) NOT NULL
      );
      CREATE INDEX guess_window_started_at ON guess (window_started_at);
    `),
  down: (queryInterface) => queryInterface.sequelize.query('DROP TABLE guess'),
}
