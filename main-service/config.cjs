/** The configuration of sequelize-cli: the same database for every NODE_ENV. Seeders check NODE_ENV themselves. */
const database = {
  url: process.env.MAINDB_URL || 'postgres://likeness:likeness@127.0.0.1:5432/maindb',
  dialect: 'postgres',
  logging: false,
}

module.exports = { development: database, test: database, production: database }
