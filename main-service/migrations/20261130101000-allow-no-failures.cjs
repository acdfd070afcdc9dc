'use strict'

/** A correct password takes the failed attempts of its account off the count of the network address, which can become 0. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      ALTER TABLE guess DROP CONSTRAINT guess_failures_check, ADD CONSTRAINT guess_failures_check CHECK (failures >= 0);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DELETE FROM guess WHERE failures = 0;
      ALTER TABLE guess DROP CONSTRAINT guess_failures_check, ADD CONSTRAINT guess_failures_check CHECK (failures > 0);
    `),
}
