'use strict'

/** Event streams read the events of a media in the order (xid, id). Without this index, each read sorts all of them. */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE INDEX event_media_position ON event (media_id, xid, id);
      DROP INDEX event_media;
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE INDEX event_media ON event (media_id, id);
      DROP INDEX event_media_position;
    `),
}
