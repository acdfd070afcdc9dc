/** What sequelize-cli reads, whatever NODE_ENV says: one database, one URL. Seeders know themselves when to run. */
const database = {
  url: process.env.MAINDB_URL || 'postgres://likeness:likeness@127.0.0.1:5432/maindb',
  dialect: 'postgres',
  logging: false,
}

module.exports = { development: database, test: database, production: database }
