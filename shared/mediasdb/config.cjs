/** The configuration of sequelize-cli: the same database for every value of NODE_ENV. */
const database = {
  url: process.env.MEDIASDB_URL || 'postgres://likeness:likeness@127.0.0.1:5433/mediasdb',
  dialect: 'postgres',
  logging: false,
}

module.exports = { development: database, test: database, production: database }
