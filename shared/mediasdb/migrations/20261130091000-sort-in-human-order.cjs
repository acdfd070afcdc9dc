'use strict'

/**
 * Text in the order that people expect: A, a, Á, Z, as maindb has it. The collation is deterministic: `C` and `C#` stay
 * different, LIKE works, and an index serves the pages of a list.
 */
module.exports = {
  up: (queryInterface) =>
    queryInterface.sequelize.query(`
      CREATE COLLATION human (provider = icu, locale = 'und-u-kf-upper', deterministic = true);
      DROP INDEX media_title_order, media_tag_name;
      CREATE INDEX media_title_order ON media (title COLLATE human, id);
      CREATE INDEX media_tag_name ON media_tag (name COLLATE human, id);
    `),
  down: (queryInterface) =>
    queryInterface.sequelize.query(`
      DROP INDEX media_tag_name, media_title_order;
      CREATE INDEX media_title_order ON media (lower(title), id);
      CREATE INDEX media_tag_name ON media_tag (lower(name), id);
      DROP COLLATION human;
    `),
}
